import { setImmediate } from 'node:timers/promises';
import {
  createRecordingsClient,
  type IdentifiedRecording,
  type RecordingsClient,
  type RecordingStatus,
} from '@room-recordings/core';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ListQuery, SourcePage } from '../src/recordings/recording-source.ts';
import { createInProcessEdge, type InProcessEdge } from './support/in-process-edge.ts';
import { createMediaEdge, readSeedMedia } from './support/media-edge.ts';
import { findNothing, RECORDING, ROOM_SID, SID } from './support/recording.ts';

/** The address of the edge inside of a network. The URLs in its bodies have the host of PUBLIC_URL. */
const INTERNAL_URL = 'http://127.0.0.1:8787';

// `RECORDING` has the SIDs that its type allows to be null.
const LISTED = RECORDING as IdentifiedRecording;

/** Creates a client of an edge, without retries. */
function createClient({ request }: InProcessEdge): RecordingsClient<Response> {
  return createRecordingsClient({
    baseUrl: INTERNAL_URL,
    cache: 'default',
    retries: 0,
    fetch: (url, init) => request(url.slice(INTERNAL_URL.length), init),
  });
}

/** Creates a client of an edge whose source has two pages, and the queries that reach the source. */
function createListClient() {
  const queries: ListQuery[] = [];
  const pages: readonly SourcePage[] = [
    { recordings: [LISTED], invalid: [], previous: null, next: { page: 1, pageToken: 'PA+/=1' } },
    {
      recordings: [],
      invalid: [{ sid: null, issues: [{ path: ['codec'], message: 'The value must be a codec.' }] }],
      previous: null,
      next: null,
    },
  ];
  const edge = createInProcessEdge({
    source: {
      read: findNothing,
      list: async (_roomSid, query) => {
        queries.push(query);
        return pages[query.page] ?? { recordings: [], invalid: [], previous: null, next: null };
      },
    },
  });
  return { client: createClient(edge), queries };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the client of core with an edge', () => {
  it('lists the recordings of all pages, whatever host the URLs of the pages have', async () => {
    const { client, queries } = createListClient();
    const sids: string[] = [];
    for await (const { sid } of client.list(ROOM_SID, { pageSize: 1 })) sids.push(sid);
    expect(sids).toEqual([SID]);
    expect(queries).toMatchObject([
      { page: 0, pageSize: 1 },
      { page: 1, pageSize: 1, pageToken: 'PA+/=1' },
    ]);
  });

  it('sends filters that the edge accepts', async () => {
    const { client, queries } = createListClient();
    await client.page(ROOM_SID, {
      status: 'completed',
      sourceSid: `MT${'1'.repeat(32)}`,
      dateCreatedAfter: new Date('2026-03-01T00:00:00.500Z'),
      dateCreatedBefore: '2026-03-02T01:00:00+01:00',
      pageSize: 1000,
    });
    expect(queries).toMatchObject([
      { status: 'completed', sourceSid: `MT${'1'.repeat(32)}`, page: 0, pageSize: 1000 },
    ]);
  });

  it('reads which recordings the edge left out of a page', async () => {
    const { client } = createListClient();
    const { meta } = await client.page(ROOM_SID, { pageNumber: 1, pageToken: 'PA+/=1' });
    expect(meta.invalid).toEqual([
      { sid: null, issues: [{ path: ['codec'], message: 'The value must be a codec.' }] },
    ]);
  });

  it('rejects a query that the edge does not accept with invalid_request and invalid_query', async () => {
    await expect(createListClient().client.page(ROOM_SID, { pageSize: 1001 })).rejects.toMatchObject({
      code: 'invalid_request',
      edgeCode: 'invalid_query',
      message: expect.stringContaining('PageSize'),
    });
  });

  it('reads media, a range of it, and its original bytes', async () => {
    const bytes = readSeedMedia('opus');
    const client = createClient(createMediaEdge(bytes, { type: 'audio', codec: 'OPUS' }));
    const whole = await client.media(ROOM_SID, SID);
    expect(whole.headers.get('Content-Type')).toBe('audio/webm');
    const part = await client.media(ROOM_SID, SID, { range: 'bytes=100-199' });
    expect(part.status).toBe(206);
    const all = await whole.arrayBuffer();
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(new Uint8Array(all, 100, 100));
    const original = await client.media(ROOM_SID, SID, { format: 'original' });
    expect(new Uint8Array(await original.arrayBuffer())).toEqual(bytes);
  });

  it('rejects a range beyond the end of media with invalid_request and range_not_satisfiable', async () => {
    const client = createClient(createMediaEdge(readSeedMedia('opus'), { type: 'audio', codec: 'OPUS' }));
    await expect(client.media(ROOM_SID, SID, { range: 'bytes=99999999-' })).rejects.toMatchObject({
      code: 'invalid_request',
      edgeCode: 'range_not_satisfiable',
      status: 416,
    });
  });

  it('rejects media that is not ready with the seconds to wait', async () => {
    const client = createClient(createMediaEdge(readSeedMedia('opus'), { status: 'processing' }));
    await expect(client.media(ROOM_SID, SID)).rejects.toMatchObject({
      code: 'not_found',
      edgeCode: 'media_not_ready',
      retryAfter: expect.any(Number),
    });
  });

  it('waits for a recording until the edge has read that it is completed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const clock = createFakeClock();
    const statuses: RecordingStatus[] = ['processing', 'processing', 'completed'];
    const edge = createInProcessEdge({
      source: { read: async () => ({ ...RECORDING, status: statuses.shift() ?? 'completed' }) },
      services: clock,
    });
    const settled = vi.fn();
    const waiting = createClient(edge).waitUntilReady(ROOM_SID, SID).finally(settled);
    while (settled.mock.calls.length === 0) {
      await clock.advance(1000);
      await vi.advanceTimersByTimeAsync(1000);
      // The edge computes ETags in another thread.
      await setImmediate();
      await edge.waitForBackground();
    }
    await expect(waiting).resolves.toMatchObject({ sid: SID, status: 'completed' });
    expect(edge.reads).toHaveLength(3);
  });
});
