import { RecordingsError, type RecordingRef } from '@room-recordings/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { archiveSource } from '../../src/archive/archive-source.ts';
import { openSqlite, type SqliteDatabase, openArchive } from '../../src/archive/sqlite.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { PATH, RECORDING, ROOM_SID, SID } from '../support/recording.ts';

let folder: string;
let archive: SqliteDatabase;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
  archive = await openArchive(join(folder, 'deep/archive.db'));
  await seed(archive, SEED);
});

afterEach(() => {
  archive.close();
  rmSync(folder, { recursive: true });
});

function parseRecordingRef(path: string): RecordingRef {
  const route = matchRoute(path);
  if (route?.name !== 'recording' || route.id === undefined)
    throw new Error(`${path} is not the path of a recording.`);
  return route.id;
}

describe('archiveSource() on SQLite', () => {
  it('resolves with the row as a validated recording', async () => {
    expect(await archiveSource(archive).read(parseRecordingRef(PATH))).toEqual({
      ...RECORDING,
      size: SEED[0]?.size,
      duration: 36,
      grouping_sids: { room_sid: ROOM_SID, participant_sid: `PA${'a'.repeat(32)}` },
      url: null,
      links: null,
    });
  });

  it.each(SEED)('resolves with the seeded recording $sid', async ({ sid, room_sid, status, offset }) => {
    const recording = await archiveSource(archive).read(
      parseRecordingRef(`/v1/Rooms/${room_sid}/Recordings/${sid}`),
    );
    expect(recording).toMatchObject({ sid, room_sid, status, offset });
  });

  it.each([
    { name: 'that does not exist', path: `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}` },
    { name: 'of another room', path: `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/${SID}` },
  ])('rejects with not_found for a recording $name', async ({ path }) => {
    await expect(archiveSource(archive).read(parseRecordingRef(path))).rejects.toMatchObject({
      code: 'not_found',
      status: 404,
    });
  });

  it('rejects with network and the cause if the database cannot be read', async () => {
    const empty = openSqlite(join(folder, 'empty.db'));
    const read = archiveSource(empty).read(parseRecordingRef(PATH));
    await expect(read).rejects.toBeInstanceOf(RecordingsError);
    await expect(read).rejects.toMatchObject({
      code: 'network',
      cause: { message: 'no such table: recordings' },
    });
    empty.close();
  });

  it('keeps changed rows when the archive is migrated and seeded again', async () => {
    await archive.run([{ sql: 'UPDATE recordings SET track_name = ? WHERE sid = ?', values: ['kept', SID] }]);
    const again = await openArchive(join(folder, 'deep/archive.db'));
    await seed(again, SEED);
    expect(await archiveSource(again).read(parseRecordingRef(PATH))).toMatchObject({ track_name: 'kept' });
    again.close();
  });

  it('resolves with null for grouping SIDs that are null in the row', async () => {
    await archive.run([{ sql: 'UPDATE recordings SET grouping_sids = NULL WHERE sid = ?', values: [SID] }]);
    expect(await archiveSource(archive).read(parseRecordingRef(PATH))).toMatchObject({ grouping_sids: null });
  });
});

describe('the seed of the archive', () => {
  it.each([
    { name: '3 rooms', values: SEED.map((row) => row.room_sid), count: 3 },
    { name: 'all 4 statuses', values: SEED.map((row) => row.status), count: 4 },
    { name: 'all 3 types', values: SEED.map((row) => row.type), count: 3 },
    { name: 'all 4 codecs', values: SEED.map((row) => row.codec), count: 4 },
    { name: 'both containers', values: SEED.map((row) => row.container_format), count: 2 },
    { name: 'no SID twice', values: SEED.map((row) => row.sid), count: SEED.length },
  ])('has $name', ({ values, count }) => {
    expect(new Set(values).size).toBe(count);
  });

  it('has an unnamed track, an external location and an offset beyond 32 bits', () => {
    expect(SEED.some((row) => row.track_name === row.source_sid)).toBe(true);
    expect(SEED.some((row) => row.media_external_location !== null)).toBe(true);
    expect(SEED.some((row) => row.offset === 155137307765)).toBe(true);
  });
});
