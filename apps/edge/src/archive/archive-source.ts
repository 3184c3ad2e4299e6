import { parseRecordingPage, parseRoomRecording, RecordingsError, type RoomSid } from '@room-recordings/core';
import type { SqlDatabase, SqlRow, SqlStatement } from './database.ts';
import type { ListQuery, RecordingSource, SourcePage } from '../recordings/recording-source.ts';
import {
  createListStatement,
  formatPageToken,
  parsePageToken,
  type ListCursor,
  type ListPlace,
} from './list-statement.ts';

const SELECT_RECORDING = 'SELECT * FROM recordings WHERE sid = ? AND room_sid = ?';

/** Creates a source that reads from the archive. Its rows pass the same validation as Twilio's responses. */
export function archiveSource(database: SqlDatabase): RecordingSource {
  return {
    async read({ roomSid, sid }) {
      const [row] = await selectRows(database, { sql: SELECT_RECORDING, values: [sid, roomSid] });
      if (row === undefined) {
        throw new RecordingsError('not_found', 'The recording does not exist in the archive.', {
          status: 404,
        });
      }
      return parseRoomRecording(toRecordingValue(row));
    },
    async list(roomSid, query) {
      const cursor = query.pageToken === undefined ? undefined : parsePageToken(query.pageToken);
      // One row more than the page has shows whether another page follows.
      const found = await selectRows(
        database,
        createListStatement(roomSid, query, cursor, query.pageSize + 1),
      );
      const rows = found.slice(0, query.pageSize);
      if (cursor?.direction === 'before') rows.reverse();
      const hasMore = found.length > rows.length;
      const neighbours = await findNeighbours(database, roomSid, query, cursor, { rows, hasMore });
      const { recordings, meta } = parseRecordingPage(
        { recordings: rows.map(toRecordingValue), meta: {} },
        roomSid,
      );
      return { recordings, invalid: meta.invalid ?? [], ...neighbours };
    },
  };
}

async function selectRows(database: SqlDatabase, statement: SqlStatement): Promise<readonly SqlRow[]> {
  try {
    return await database.all(statement);
  } catch (cause) {
    throw new RecordingsError('network', 'The archive cannot be read.', { cause });
  }
}

/** The rows of a page in the order of the list, and whether a further row was found in the direction of the cursor. */
interface FoundRows {
  readonly rows: readonly SqlRow[];
  readonly hasMore: boolean;
}

/** Finds the positions before and after the rows of a page. The rows in the direction of the cursor are known, the others are read. */
async function findNeighbours(
  database: SqlDatabase,
  roomSid: RoomSid,
  query: ListQuery,
  cursor: ListCursor | undefined,
  { rows, hasMore }: FoundRows,
): Promise<Pick<SourcePage, 'previous' | 'next'>> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return { previous: null, next: null };
  const before: ListCursor = { direction: 'before', place: toPlace(first) };
  const after: ListCursor = { direction: 'after', place: toPlace(last) };
  const hasRows = async (side: ListCursor) =>
    (await selectRows(database, createListStatement(roomSid, query, side, 1))).length > 0;
  const isBackward = cursor?.direction === 'before';
  const hasPrevious = isBackward ? hasMore : cursor !== undefined && (await hasRows(before));
  const hasNext = isBackward ? await hasRows(after) : hasMore;
  return {
    previous: hasPrevious ? { page: Math.max(0, query.page - 1), pageToken: formatPageToken(before) } : null,
    next: hasNext ? { page: query.page + 1, pageToken: formatPageToken(after) } : null,
  };
}

function toPlace({ created_at: createdAt, sid }: SqlRow): ListPlace {
  return { createdAt: Number(createdAt), sid: String(sid) };
}

/** Converts a row to a value that core validates. A constraint of the table keeps `grouping_sids` valid JSON. */
function toRecordingValue(row: SqlRow): unknown {
  const { grouping_sids: groups } = row;
  return { ...row, grouping_sids: typeof groups === 'string' ? JSON.parse(groups) : groups };
}
