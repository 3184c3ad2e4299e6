import { RecordingsError } from '@room-recordings/core';
import type { HttpCache } from '@room-recordings/http-cache';
import { expect, it } from 'vitest';
import { PendingRequestLimiter } from '../../src/http/pending-request-limiter.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { handleRecording } from '../../src/routes/recording-route.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';
import { targetOf } from '../target.ts';

const CONTEXT = { id: targetOf().id, publicUrl: PUBLIC_URL, client: 'a client', requestId: 'id' };

/** Creates an edge on a fake clock. */
function createEdgeWithSource(read: RecordingSource['read']) {
  const clock = createFakeClock();
  return { clock, ...createInProcessEdge({ source: { read }, services: clock }) };
}

it('who waited for the read of another, and then needs one of their own, waits little more than ten seconds', async () => {
  // Ten seconds each, as the source has at most.
  const { clock, request } = createEdgeWithSource(async () => {
    await clock.sleep(10_000, new AbortController().signal);
    throw new RecordingsError('timeout', 'No answer.');
  });
  const asked = [request(), request(), request()];
  await clock.advance(10_000);
  expect((await asked[0])?.status).toBe(504);
  await clock.advance(500);
  const late = await Promise.all(asked);
  expect(late.map(({ status }) => status)).toEqual([504, 504, 504]);
  // The first one's came from the source, by way of the cache; of the others' the cache knows nothing yet.
  expect(late.map(({ headers }) => headers.get('Cache-Status'))).toEqual([
    'room-recordings; fwd=uri-miss; fwd-status=504',
    'room-recordings; detail=timeout',
    'room-recordings; detail=timeout',
  ]);
  expect(await late[1]?.json()).toMatchObject({ error: 'upstream_timeout' });
});

it('what comes too late for them is there for those who come later', async () => {
  const { clock, request, waitForBackground } = createEdgeWithSource(async () => {
    await clock.sleep(11_000, new AbortController().signal);
    return RECORDING;
  });
  const asked = request();
  await clock.advance(11_000);
  expect((await asked).status).toBe(504);
  await waitForBackground();
  expect((await request()).status).toBe(200);
});

it('gives up nothing that has ended', async () => {
  const clock = createFakeClock();
  const signals: AbortSignal[] = [];
  const cache: HttpCache = {
    fetch: async (input) => {
      if (input instanceof Request) signals.push(input.signal);
      return new Response('{}', { headers: { etag: 'W/"1"', 'cache-control': 'public, max-age=300' } });
    },
    lookup: () => undefined,
    purge: async () => undefined,
    cacheKey: ({ url }) => url,
  };
  const request = { method: 'GET', url: PUBLIC_URL + PATH, headers: new Headers() };
  const through = { cache, waiting: new PendingRequestLimiter(clock.now), sleep: clock.sleep };
  const context = {
    request,
    requestId: 'id',
    publicUrl: PUBLIC_URL,
    startedAt: clock.now(),
    commonHeaders: [],
  };
  expect(await handleRecording(context, through, request.url, CONTEXT)).toMatchObject({ status: 200 });
  await clock.advance(10_500);
  expect(signals).toMatchObject([{ aborted: false }]);
});

it('leaves no timer behind', async () => {
  const { clock, request } = createEdgeWithSource(() => Promise.resolve(RECORDING));
  expect((await request()).status).toBe(200);
  await clock.advance(60);
  expect(clock.pending()).toBe(0);
});
