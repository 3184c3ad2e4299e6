import { RecordingsError, type IdentifiedRecording, type Timeline } from '@room-recordings/core';
import { createDeferred } from '@room-recordings/testing/deferred';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../src/media/media-source.ts';
import { createTimelineLoader, type ReadTrackFile, type TrackFile } from '../../src/media/timeline-loader.ts';
import { DEFAULT_CACHE_LIFETIMES } from '../../src/recordings/cache-control.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { CallNotPermittedError } from '../../src/twilio/resilience/errors.ts';
import { findNothing, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

// `RECORDING` has the SIDs that its type allows to be null.
const LISTED = RECORDING as IdentifiedRecording;
const FILE: TrackFile = { start: 1, duration: 2, gaps: null, codec: 'OPUS', size: 100, hasCues: true };
const PROXY = { mode: 'proxy', scanMaxBytes: 1_000 } as const;

const createSid = (nth: number) => `RT${String(nth).padStart(32, '0')}` as IdentifiedRecording['sid'];
const createRecordings = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({ ...LISTED, sid: createSid(nth) }));

function parseRoom() {
  const route = matchRoute(`/v1/Rooms/${ROOM_SID}/Timeline`);
  if (route?.name !== 'timeline' || route.id === undefined) throw new Error('The path is not a timeline.');
  return { kind: 'timeline', id: route.id } as const;
}

/** Creates a page of a list. Its `next` is the page after `page`, and null by default. */
const createPage = (recordings: readonly IdentifiedRecording[], page?: number) => ({
  recordings,
  invalid: [],
  previous: null,
  next: page === undefined ? null : { page: page + 1, pageToken: `PA${page}` },
});

/** A loader's source and files, as far as a test sets them. */
interface LoaderSetup {
  readonly recordings?: readonly IdentifiedRecording[];
  readonly list?: RecordingSource['list'];
  readonly readFile?: ReadTrackFile | undefined;
  readonly canSign?: boolean;
}

/** Creates a loader on a fake clock. */
function createLoader(setup: LoaderSetup) {
  const { recordings = createRecordings(1), canSign = true } = setup;
  const clock = createFakeClock();
  const reports: unknown[] = [];
  const readFile = 'readFile' in setup ? setup.readFile : async () => FILE;
  const load = createTimelineLoader({
    source: { read: findNothing, list: setup.list ?? (async () => createPage(recordings)) },
    media: { config: PROXY, readFile, canSign },
    lifetimes: DEFAULT_CACHE_LIFETIMES,
    hiddenFields: [],
    sleep: clock.sleep,
    report: (error, requestId) => void reports.push({ error, requestId }),
  });
  return {
    clock,
    reports,
    async load() {
      const read = await load(parseRoom(), { publicUrl: PUBLIC_URL, requestId: 'r1', client: 'c' });
      const { text, cacheControl } = read();
      // The text of a loader is a timeline.
      return { timeline: JSON.parse(text) as Timeline, cacheControl };
    },
  };
}

describe('createTimelineLoader()', () => {
  it('reads all pages of the list, up to 1,000 tracks', async () => {
    const queries: unknown[] = [];
    const recordings = createRecordings(1_100);
    const { load } = createLoader({
      list: async (_roomSid, { page, pageToken, pageSize }) => {
        queries.push({ page, pageToken, pageSize });
        return createPage(recordings.slice(page * 400, (page + 1) * 400), page);
      },
    });
    expect((await load()).timeline.tracks).toHaveLength(1_000);
    expect(queries).toEqual([
      { page: 0, pageToken: undefined, pageSize: 1_000 },
      { page: 1, pageToken: 'PA0', pageSize: 1_000 },
      { page: 2, pageToken: 'PA1', pageSize: 1_000 },
    ]);
  });

  it('has each recording once, and stops at a page that repeats others', async () => {
    let calls = 0;
    const { load } = createLoader({
      list: async (_roomSid, { page }) => {
        calls += 1;
        return createPage(createRecordings(3), page);
      },
    });
    expect((await load()).timeline.tracks).toHaveLength(3);
    expect(calls).toBe(2);
  });

  it('stops at a page without recordings, even if the source names a next one', async () => {
    const { load } = createLoader({ list: async () => createPage([], 0) });
    expect(await load()).toEqual({
      timeline: { room_sid: ROOM_SID, start: null, end: null, tracks: [] },
      cacheControl: 'public, max-age=10',
    });
  });

  it('reads six heads at a time', async () => {
    const release = createDeferred();
    let [running, most] = [0, 0];
    const { load } = createLoader({
      recordings: createRecordings(20),
      async readFile() {
        running += 1;
        most = Math.max(most, running);
        if (running === 6) release.resolve();
        await release.promise;
        running -= 1;
        return FILE;
      },
    });
    expect((await load()).timeline.tracks).toHaveLength(20);
    expect(most).toBe(6);
  });

  it('keeps the other tracks if a head cannot be read', async () => {
    const errors = [
      new MediaError('missing'),
      new MediaError('empty'),
      new MediaError('external'),
      new MediaError('encrypted'),
      new MediaError('failed'),
      new CallNotPermittedError('overloaded', 'overloaded', 1),
      new TypeError('A defect.'),
    ];
    const { load, reports } = createLoader({
      recordings: createRecordings(errors.length + 1),
      async readFile({ sid }) {
        const error = errors[Number(sid.slice(2))];
        if (error !== undefined) throw error;
        return FILE;
      },
    });
    const { timeline, cacheControl } = await load();
    const reasons = ['unreadable', 'empty', 'external', 'encrypted', 'pending', 'pending', 'pending', null];
    expect(timeline.tracks.map(({ reason }) => reason)).toEqual(reasons);
    expect(timeline.tracks.filter(({ sources }) => sources.length > 0)).toHaveLength(1);
    expect(cacheControl).toBe('public, max-age=5, stale-while-revalidate=5, stale-if-error=3600');
    // The first of the errors that may be over soon.
    expect(reports).toEqual([{ error: errors[4], requestId: 'r1' }]);
  });

  it('does not wait for heads for more than 8 s, and gives their tracks the reason pending', async () => {
    const signals: AbortSignal[] = [];
    const { load, clock } = createLoader({
      recordings: createRecordings(8),
      readFile: ({ sid }, { signal }) => {
        signals.push(signal);
        return sid === createSid(0) ? Promise.resolve(FILE) : new Promise(() => undefined);
      },
    });
    const loaded = load();
    await clock.advance(7_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual(Array.from({ length: 7 }, () => false));
    await clock.advance(1);
    const { timeline, cacheControl } = await loaded;
    expect(timeline.tracks.filter(({ reason }) => reason === 'pending')).toHaveLength(7);
    expect(timeline.tracks.filter(({ sources }) => sources.length > 0)).toHaveLength(1);
    expect(signals).toHaveLength(7);
    expect(cacheControl).toBe('public, max-age=5, stale-while-revalidate=5, stale-if-error=3600');
  });

  it.each([
    { name: 'processing', changes: { status: 'processing' }, reason: 'processing' },
    { name: 'failed', changes: { status: 'failed' }, reason: 'failed' },
    { name: 'deleted', changes: { status: 'deleted' }, reason: 'deleted' },
    { name: 'of a data track', changes: { type: 'data' }, reason: 'data' },
  ] as const)('does not read the file of a recording that is $name', async ({ changes, reason }) => {
    const { load } = createLoader({
      recordings: [{ ...LISTED, ...changes }],
      readFile: () => Promise.reject(new TypeError('The file was read.')),
    });
    expect((await load()).timeline.tracks).toMatchObject([{ reason, sources: [], gaps: null, start: 0 }]);
  });

  it.each([
    { name: 'no media is served', setup: { readFile: undefined }, reason: 'off', start: 0 },
    { name: 'no key can sign URLs', setup: { canSign: false }, reason: 'no_signing_key', start: 1 },
  ])('gives tracks no sources if $name', async ({ setup, reason, start }) => {
    const { load } = createLoader(setup);
    expect((await load()).timeline.tracks).toMatchObject([{ reason, sources: [], start }]);
  });

  it('has the lifetime of a list', async () => {
    const processing = [LISTED, { ...LISTED, sid: createSid(1), status: 'processing' } as const];
    const completed = await createLoader({}).load();
    expect(completed.cacheControl).toBe('public, max-age=60, stale-while-revalidate=60, stale-if-error=3600');
    const { cacheControl } = await createLoader({ recordings: processing }).load();
    expect(cacheControl).toBe('public, max-age=5, stale-while-revalidate=5, stale-if-error=60');
  });

  it('reads files by SIDs in lower case, with the client and the external location', async () => {
    const reads: unknown[] = [];
    const sid = `RT${'A'.repeat(32)}` as IdentifiedRecording['sid'];
    const externalLocation = 'https://bucket.example.com/a';
    const { load } = createLoader({
      recordings: [{ ...LISTED, sid, media_external_location: externalLocation }],
      readFile: async (id, { signal: _signal, ...options }) => {
        reads.push({ id, ...options });
        return FILE;
      },
    });
    expect((await load()).timeline.tracks).toMatchObject([{ reason: null }]);
    const id = { roomSid: ROOM_SID, sid: sid.replaceAll('A', 'a').replace('rt', 'RT') };
    expect(reads).toEqual([{ id, client: 'c', externalLocation }]);
  });

  it('throws the error of the list', async () => {
    const error = new RecordingsError('mismatch', 'No.');
    await expect(createLoader({ list: () => Promise.reject(error) }).load()).rejects.toBe(error);
  });
});
