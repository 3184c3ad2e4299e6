import { RecordingsError, type RoomSid } from '@room-recordings/core';
import type { ListQuery } from '../recordings/recording-source.ts';
import type { SqlStatement, SqlValue } from './database.ts';

/** The place of a recording in the order of a list: the column `created_at`, then the SID. */
export interface ListPlace {
  /** Milliseconds since 1970; `UNKNOWN_DATE` without a date. */
  readonly createdAt: number;
  readonly sid: string;
}

/** The recordings on one side of a place, which is not part of them. */
export interface ListCursor {
  readonly direction: 'after' | 'before';
  readonly place: ListPlace;
}

/** The value of `created_at` for a recording without a date: later than every date. */
const UNKNOWN_DATE = 8_640_000_000_000_001;

/** A place before every recording of its millisecond, because no SID is empty. */
const toListPlace = (dateTime: string): ListPlace => ({ createdAt: Date.parse(dateTime), sid: '' });

const TOKEN = /^P([AB])(-?\d{1,16})(RT[\da-f]{32})$/;

/** Formats a cursor as a page token. Its form is a secret of this file. */
export function formatPageToken({ direction, place: { createdAt, sid } }: ListCursor): string {
  return `P${direction === 'after' ? 'A' : 'B'}${createdAt}${sid}`;
}

/**
 * Parses a page token.
 *
 * @throws {RecordingsError} invalid_request: the text is not a token of an archive.
 */
export function parsePageToken(token: string): ListCursor {
  const [match, direction, createdAt, sid] = TOKEN.exec(token) ?? [];
  if (match === undefined || sid === undefined) {
    throw new RecordingsError('invalid_request', 'The page token is not a token of an archive.', {
      status: 400,
    });
  }
  return { direction: direction === 'A' ? 'after' : 'before', place: { createdAt: Number(createdAt), sid } };
}

/**
 * Creates the statement that selects the recordings of a page. Its cost does not depend on the number of recordings of the room: a filter
 * and the cursor are the bounds of one index.
 *
 * @param cursor undefined for the first page.
 * @param limit the maximum number of rows. They are in descending order before a cursor, and in ascending order otherwise.
 */
export function createListStatement(
  roomSid: RoomSid,
  { status, sourceSid, dateCreatedAfter, dateCreatedBefore }: ListQuery,
  cursor: ListCursor | undefined,
  limit: number,
): SqlStatement {
  const conditions = ['room_sid = ?'];
  const values: SqlValue[] = [roomSid];
  const add = (condition: string, ...more: SqlValue[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  if (sourceSid !== undefined) add('source_sid = ?', sourceSid);
  // A literal, because SQLite accepts a partial index only for a condition that implies the one of the index.
  if (status === undefined) add("status <> 'deleted'");
  else add('status = ?', status);
  const lower = maxPlace(
    dateCreatedAfter === undefined ? undefined : toListPlace(dateCreatedAfter),
    cursor?.direction === 'after' ? cursor.place : undefined,
  );
  const upper = minPlace(
    dateCreatedBefore === undefined ? undefined : toListPlace(dateCreatedBefore),
    // A recording without a date is neither created after nor before another date.
    dateCreatedAfter === undefined ? undefined : { createdAt: UNKNOWN_DATE, sid: '' },
    cursor?.direction === 'before' ? cursor.place : undefined,
  );
  // One bound of each side. With two of a side, SQLite may use the wrong one for the index and read the rows between them.
  if (lower !== undefined) add('(created_at, sid) > (?, ?)', lower.createdAt, lower.sid);
  if (upper !== undefined) add('(created_at, sid) < (?, ?)', upper.createdAt, upper.sid);
  const order = cursor?.direction === 'before' ? 'created_at DESC, sid DESC' : 'created_at, sid';
  const from = `recordings INDEXED BY ${selectIndex(sourceSid, status)}`;
  const sql = `SELECT * FROM ${from} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ?`;
  return { sql, values: [...values, limit] };
}

/**
 * Selects the index of the filter that matches the fewest rows. Without statistics, SQLite prefers a range of dates to a source, and then
 * reads all rows of the range.
 */
function selectIndex(sourceSid: ListQuery['sourceSid'], status: ListQuery['status']): string {
  if (sourceSid !== undefined) return 'recordings_by_source';
  return status === undefined ? 'recordings_listed' : 'recordings_by_status';
}

function comparePlaces(a: ListPlace, b: ListPlace): number {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  if (a.sid === b.sid) return 0;
  return a.sid < b.sid ? -1 : 1;
}

function maxPlace(...places: readonly (ListPlace | undefined)[]): ListPlace | undefined {
  return places
    .filter((place) => place !== undefined)
    .toSorted(comparePlaces)
    .at(-1);
}

function minPlace(...places: readonly (ListPlace | undefined)[]): ListPlace | undefined {
  return places.filter((place) => place !== undefined).toSorted(comparePlaces)[0];
}
