import { isRoomSid, type RoomSid } from '@room-recordings/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveSource } from '../../src/archive/archive-source.ts';
import { createListStatement, parsePageToken } from '../../src/archive/list-statement.ts';
import { EDGE_FOLDER, loadMigrations, openSqlite, type SqliteDatabase } from '../../src/archive/sqlite.ts';
import { migrate } from '../../src/archive/database.ts';
import type { ListQuery, SourcePage } from '../../src/recordings/recording-source.ts';
import { ROOM_SID } from '../support/recording.ts';

const FIRST_PAGE: ListQuery = { pageSize: 50, page: 0 };

/** A row, as far as it differs from a completed recording of `ROOM_SID` without a date. */
interface Row {
  readonly nth: number;
  readonly date?: string | null;
  readonly status?: string;
  readonly source?: string;
  readonly room?: string;
  readonly account?: string;
}

let archive: SqliteDatabase;

beforeEach(async () => {
  archive = openSqlite(':memory:');
  await migrate(archive, loadMigrations(`${EDGE_FOLDER}/migrations`));
});

afterEach(() => archive.close());

function toRoomSid(text: string): RoomSid {
  if (!isRoomSid(text)) throw new TypeError('The room of the test is not a SID.');
  return text;
}

const ROOM = toRoomSid(ROOM_SID);
const createSid = (prefix: string, nth: number) => prefix + String(nth).padStart(32, '0');

async function insert(rows: readonly Row[]): Promise<void> {
  const sql = `INSERT INTO recordings (sid, room_sid, account_sid, status, date_created, source_sid, type, container_format, codec)
    VALUES (?, ?, ?, ?, ?, ?, 'audio', 'mka', 'OPUS')`;
  await archive.run(
    rows.map(
      ({
        nth,
        date = null,
        status = 'completed',
        source = createSid('MT', nth),
        room = ROOM_SID,
        account,
      }) => ({
        sql,
        values: [createSid('RT', nth), room, account ?? null, status, date, source],
      }),
    ),
  );
}

const list = (query: Partial<ListQuery> = {}) =>
  archiveSource(archive).list(ROOM, { ...FIRST_PAGE, ...query });

/** Returns the numbers of the rows of a page. */
const toNumbers = ({ recordings }: SourcePage) => recordings.map(({ sid }) => Number(sid.slice(2)));

describe('list() of an archive', () => {
  it('orders recordings by the instant of their creation and then by SID, and puts those without a date last', async () => {
    await insert([
      { nth: 1 },
      { nth: 2, date: '2026-03-02T09:00:00.5Z' },
      { nth: 4, date: '2026-03-02T09:00:00Z' },
      { nth: 3, date: '2026-03-02T11:00:00+02:00' },
      { nth: 5, date: '2026-03-02T08:59:59.999Z' },
      { nth: 6, date: '1969-12-31T23:59:59Z' },
      { nth: 7, date: '1969-12-31t23:59:59.5z' },
    ]);
    expect(toNumbers(await list())).toEqual([6, 7, 5, 3, 4, 2, 1]);
  });

  it('lists the recordings of the room alone, and deleted ones only for that status', async () => {
    await insert([
      { nth: 1, status: 'deleted' },
      { nth: 2, status: 'processing' },
      { nth: 3, status: 'failed' },
      { nth: 4, room: createSid('RM', 4) },
    ]);
    expect(toNumbers(await list())).toEqual([2, 3]);
    expect(toNumbers(await list({ status: 'deleted' }))).toEqual([1]);
  });

  it.each([
    { name: 'a source', query: { sourceSid: createSid('MT', 2) }, numbers: [2] },
    { name: 'a status', query: { status: 'failed' }, numbers: [3] },
    {
      name: 'a first instant, which is part of the list',
      query: { dateCreatedAfter: '2026-03-02T09:00:02Z' },
      numbers: [2, 3],
    },
    {
      name: 'a last instant, which is not part of the list',
      query: { dateCreatedBefore: '2026-03-02T09:00:02Z' },
      numbers: [1],
    },
    {
      name: 'all filters',
      query: {
        sourceSid: createSid('MT', 2),
        status: 'completed',
        dateCreatedAfter: '2026-03-02T09:00:02Z',
        dateCreatedBefore: '2026-03-02T09:00:03Z',
      },
      numbers: [2],
    },
  ] satisfies readonly { name: string; query: Partial<ListQuery>; numbers: readonly number[] }[])(
    'lists the recordings of $name',
    async ({ query, numbers }) => {
      await insert([
        { nth: 1, date: '2026-03-02T09:00:01Z' },
        { nth: 2, date: '2026-03-02T09:00:02Z' },
        { nth: 3, date: '2026-03-02T09:00:03Z', status: 'failed' },
        { nth: 4 },
      ]);
      expect(toNumbers(await list(query))).toEqual(numbers);
    },
  );

  it('returns each recording once in either direction, even if rows are added in between', async () => {
    const numbers = Array.from({ length: 10 }, (_, index) => index + 10);
    await insert(numbers.map((nth) => ({ nth, ...(nth < 17 && { date: '2026-03-02T09:00:00Z' }) })));
    const pages = [await list({ pageSize: 3 })];
    while (pages.at(-1)?.next) {
      const position = pages.at(-1)?.next;
      pages.push(await list({ pageSize: 3, ...position }));
      await insert([{ nth: pages.length, date: '2026-03-02T08:00:00Z' }]);
    }
    expect(pages.map(toNumbers)).toEqual([[10, 11, 12], [13, 14, 15], [16, 17, 18], [19]]);
    expect(pages.map(({ next }) => next?.page)).toEqual([1, 2, 3, undefined]);

    const back = [await list({ pageSize: 3, ...pages.at(-1)?.previous })];
    while (back.at(-1)?.previous) back.push(await list({ pageSize: 3, ...back.at(-1)?.previous }));
    expect(back.map(toNumbers)).toEqual([
      [16, 17, 18],
      [13, 14, 15],
      [10, 11, 12],
      [2, 3, 4],
    ]);
    expect(back.map(({ previous }) => previous?.page)).toEqual([1, 0, 0, undefined]);
    expect(back.map(({ next }) => next?.page)).toEqual([3, 2, 1, 1]);
  });

  it('returns no recordings and no other pages for a room that does not exist', async () => {
    expect(await list()).toEqual({ recordings: [], invalid: [], previous: null, next: null });
  });

  it('names the rows that are not valid recordings', async () => {
    await insert([{ nth: 1, date: 'yesterday' }, { nth: 2 }]);
    const page = await list();
    expect(toNumbers(page)).toEqual([2]);
    expect(page.invalid).toMatchObject([{ sid: createSid('RT', 1), issues: [{ path: ['date_created'] }] }]);
  });

  it.each([
    { name: 'a number', pageToken: '1' },
    { name: 'a token of Twilio', pageToken: `PA${createSid('RT', 1)}` },
    { name: 'SQL', pageToken: "PA1RT' OR 1=1" },
    { name: 'a token with further text', pageToken: `PA1${createSid('RT', 1)}x` },
  ])('rejects $name as a page token', async ({ pageToken }) => {
    await expect(list({ page: 1, pageToken })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('createListStatement()', () => {
  const token = `PA1772442000000${createSid('RT', 1)}`;
  const dates = { dateCreatedAfter: '2026-03-02T09:00:00Z', dateCreatedBefore: '2026-03-03T09:00:00Z' };

  it.each([
    { name: 'no filter', query: {}, index: 'recordings_listed (room_sid=? AND (created_at,sid)>(?,?))' },
    {
      name: 'dates',
      query: dates,
      index: 'recordings_listed (room_sid=? AND (created_at,sid)>(?,?) AND (created_at,sid)<(?,?))',
    },
    {
      name: 'a status',
      query: { status: 'deleted' },
      index: 'recordings_by_status (room_sid=? AND status=? AND (created_at,sid)>(?,?))',
    },
    {
      name: 'a source',
      query: { sourceSid: createSid('MT', 1) },
      index: 'recordings_by_source (room_sid=? AND source_sid=? AND (created_at,sid)>(?,?))',
    },
    {
      name: 'a source and dates',
      query: { sourceSid: createSid('MT', 1), ...dates },
      index:
        'recordings_by_source (room_sid=? AND source_sid=? AND (created_at,sid)>(?,?) AND (created_at,sid)<(?,?))',
    },
    {
      name: 'a status and dates',
      query: { status: 'completed', ...dates },
      index:
        'recordings_by_status (room_sid=? AND status=? AND (created_at,sid)>(?,?) AND (created_at,sid)<(?,?))',
    },
    {
      name: 'a source, a status and dates',
      query: { sourceSid: createSid('MT', 1), status: 'completed', ...dates },
      index:
        'recordings_by_source (room_sid=? AND source_sid=? AND (created_at,sid)>(?,?) AND (created_at,sid)<(?,?))',
    },
  ] satisfies readonly { name: string; query: Partial<ListQuery>; index: string }[])(
    'reads only the rows of the page, in the order of an index, with $name',
    async ({ query, index }) => {
      const cursor = parsePageToken(token);
      const { sql, values } = createListStatement(ROOM, { ...FIRST_PAGE, ...query }, cursor, 51);
      const steps = await archive.all({ sql: `EXPLAIN QUERY PLAN ${sql}`, values });
      // A second step would sort the rows.
      expect(steps.map(({ detail }) => detail)).toEqual([`SEARCH recordings USING INDEX ${index}`]);
    },
  );
});
