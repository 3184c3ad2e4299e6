import { RecordingsError } from '@room-recordings/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/adapters/open-source.ts';
import { archiveSource } from '../../src/archive/archive-source.ts';
import { openSqlite, type SqliteDatabase } from '../../src/archive/sqlite.ts';
import { matchRoute } from '../../src/routes/router.ts';
import type { RecordingRef } from '@room-recordings/core';
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

function idOf(path: string): RecordingRef {
  const route = matchRoute(path);
  if (route?.name !== 'recording' || route.id === undefined) throw new Error(`${path} names no recording.`);
  return route.id;
}

describe('the archive on SQLite', () => {
  it('gives a row as a checked recording', async () => {
    expect(await archiveSource(archive).read(idOf(PATH))).toEqual({
      ...RECORDING,
      grouping_sids: { room_sid: ROOM_SID, participant_sid: `PA${'a'.repeat(32)}` },
      url: null,
      links: null,
    });
  });

  it.each(SEED)('reads $sid of the seed', async ({ sid, room_sid, status, offset }) => {
    const recording = await archiveSource(archive).read(idOf(`/v1/Rooms/${room_sid}/Recordings/${sid}`));
    expect(recording).toMatchObject({ sid, room_sid, status, offset });
  });

  it.each([
    ['that it does not have', `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`],
    ['of another room', `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/${SID}`],
  ])('does not find a recording %s', async (_what, path) => {
    await expect(archiveSource(archive).read(idOf(path))).rejects.toMatchObject({
      code: 'not_found',
      status: 404,
    });
  });

  it('says that it cannot be read, with the cause', async () => {
    const empty = openSqlite(join(folder, 'empty.db'));
    const read = archiveSource(empty).read(idOf(PATH));
    await expect(read).rejects.toBeInstanceOf(RecordingsError);
    await expect(read).rejects.toMatchObject({
      code: 'network',
      cause: { message: 'no such table: recordings' },
    });
    empty.close();
  });

  it('keeps its rows when it is migrated and seeded again', async () => {
    await archive.run([{ sql: 'UPDATE recordings SET track_name = ? WHERE sid = ?', values: ['kept', SID] }]);
    const again = await openArchive(join(folder, 'deep/archive.db'));
    await seed(again, SEED);
    expect(await archiveSource(again).read(idOf(PATH))).toMatchObject({ track_name: 'kept' });
    again.close();
  });

  it('gives null for groups that a row does not have', async () => {
    await archive.run([{ sql: 'UPDATE recordings SET grouping_sids = NULL WHERE sid = ?', values: [SID] }]);
    expect(await archiveSource(archive).read(idOf(PATH))).toMatchObject({ grouping_sids: null });
  });
});

describe('the seed', () => {
  it.each([
    ['rooms', SEED.map((row) => row.room_sid), 3],
    ['statuses', SEED.map((row) => row.status), 4],
    ['types', SEED.map((row) => row.type), 3],
    ['codecs', SEED.map((row) => row.codec), 4],
    ['containers', SEED.map((row) => row.container_format), 2],
    ['SIDs', SEED.map((row) => row.sid), SEED.length],
  ])('has all %s', (_what, values, count) => {
    expect(new Set(values).size).toBe(count);
  });

  it('has an unnamed track, an external location and an offset beyond 32 bits', () => {
    expect(SEED.some((row) => row.track_name === row.source_sid)).toBe(true);
    expect(SEED.some((row) => row.media_external_location !== null)).toBe(true);
    expect(SEED.some((row) => row.offset === 155137307765)).toBe(true);
  });
});
