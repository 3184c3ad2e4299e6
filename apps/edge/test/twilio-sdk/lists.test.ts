import { describe, expect, it, onTestFinished } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { archiveSource } from '../../src/archive/archive-source.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { ROOM_SID } from '../support/recording.ts';
import { SDK_VERSIONS, type RecordingList, type SdkVersion } from './sdk-versions.ts';

const SIDS = SEED.filter(({ room_sid }) => room_sid === ROOM_SID)
  .toSorted((a, b) => `${a.date_created}${a.sid}`.localeCompare(`${b.date_created}${b.sid}`))
  .map(({ sid }) => sid);

/** Creates the list of the seeded room in front of an edge with the seeded archive. */
async function createList({ createList: create }: SdkVersion, roomSid = ROOM_SID): Promise<RecordingList> {
  const archive = await openArchive(':memory:');
  onTestFinished(() => archive.close());
  await seed(archive, SEED);
  return create(await createTestEdge(archiveSource(archive)).address, roomSid);
}

describe.each(SDK_VERSIONS)('$name with the lists of the edge', (version) => {
  it('lists all recordings over several pages', async () => {
    const list = await createList(version);
    const recordings = await list.list({ pageSize: 2 });
    expect(recordings.map(({ sid }) => sid)).toEqual(SIDS);
    expect(recordings[0]?.dateCreated).toEqual(
      new Date(SEED.find(({ sid }) => sid === SIDS[0])?.date_created ?? ''),
    );
  });

  it('lists no more recordings than its limit', async () => {
    const list = await createList(version);
    expect((await list.list({ limit: 3, pageSize: 2 })).map(({ sid }) => sid)).toEqual(SIDS.slice(0, 3));
    expect((await list.list({ limit: 1 })).map(({ sid }) => sid)).toEqual(SIDS.slice(0, 1));
  });

  it('lists the recordings that its filters select', async () => {
    const list = await createList(version);
    const dateCreatedAfter = new Date('2026-03-02T09:00:05Z');
    const expected = SEED.filter(
      ({ room_sid, date_created }) => room_sid === ROOM_SID && new Date(date_created) >= dateCreatedAfter,
    );
    const recordings = await list.list({ dateCreatedAfter, status: 'completed' });
    expect(recordings.map(({ sid }) => sid).toSorted()).toEqual(expected.map(({ sid }) => sid).toSorted());
    expect(await list.list({ status: 'failed' })).toEqual([]);
  });

  it('calls back for each recording', async () => {
    const list = await createList(version);
    const sids: string[] = [];
    await new Promise<void>((resolve, reject) => {
      list.each(
        { pageSize: 3, done: (error) => (error === undefined ? resolve() : reject(error)) },
        ({ sid }) => void sids.push(sid),
      );
    });
    expect(sids).toEqual(SIDS);
  });

  it('reads pages forward and back', async () => {
    const list = await createList(version);
    const first = await list.page({ pageSize: 2 });
    const second = await first.nextPage();
    const again = await second?.previousPage();
    const toSids = (page: typeof second) => page?.instances.map(({ sid }) => sid);
    expect([toSids(first), toSids(second), toSids(again)]).toEqual([
      SIDS.slice(0, 2),
      SIDS.slice(2, 4),
      SIDS.slice(0, 2),
    ]);
  });

  it('fetches a recording of a list', async () => {
    const list = await createList(version);
    const [recording] = await list.list({ limit: 1 });
    expect(await list(recording?.sid ?? '').fetch()).toMatchObject({ sid: SIDS[0] });
  });

  it('lists nothing for a room that does not exist', async () => {
    expect(await (await createList(version, `RM${'9'.repeat(32)}`)).list()).toEqual([]);
  });

  it.each([
    { name: 'an invalid filter', options: { status: 'done' as never }, code: 20001 },
    { name: 'a page size above the maximum', options: { pageSize: 1_001 }, code: 20001 },
  ])('throws a RestException for $name', async ({ options, code }) => {
    const list = await createList(version);
    const exception: unknown = await list.list(options).catch((error: unknown) => error);
    expect(exception).toBeInstanceOf(version.RestException);
    expect(exception).toMatchObject({ status: 400, code, message: expect.stringMatching(/^The parameter /) });
  });
});
