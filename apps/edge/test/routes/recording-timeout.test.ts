import { RecordingsError } from '@room-recordings/core';
import type { HttpCache } from '@room-recordings/http-cache';
import { expect, it } from 'vitest';
import { PendingRequestLimiter } from '../../src/http/pending-request-limiter.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { respondThroughCache } from '../../src/routes/recording-route.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, PUBLIC_URL, RECORDING, parseResource } from '../support/recording.ts';

const CONTEXT = { resource: parseResource(), publicUrl: PUBLIC_URL, client: 'a client', requestId: 'id' };

/** Creates an edge on a fake clock. */
function createEdgeWithSource(read: RecordingSource['read']) {
  const clock = createFakeClock();
  return { clock, ...createInProcessEdge({ source: { read }, services: clock }) };
}

it('a request that joined a read that failed gets a 504 after at most 10.5 s', async () => {
  // Each read takes ten seconds, the time limit of a source.
  const { clock, request } = createEdgeWithSource(async () => {
    await clock.sleep(10_000, new AbortController().signal);
    throw new RecordingsError('timeout', 'No response.');
  });
  const pending = [request(), request(), request()];
  await clock.advance(10_000);
  expect((await pending[0])?.status).toBe(504);
  await clock.advance(500);
  const responses = await Promise.all(pending);
  expect(responses.map(({ status }) => status)).toEqual([504, 504, 504]);
  // The cache forwarded the first request. It has no result yet for the reads of the others.
  expect(responses.map(({ headers }) => headers.get('Cache-Status'))).toEqual([
    'room-recordings; fwd=uri-miss; fwd-status=504',
    'room-recordings; detail=timeout',
    'room-recordings; detail=timeout',
  ]);
  expect(await responses[1]?.json()).toMatchObject({ error: 'upstream_timeout' });
});

it('a recording that arrives after the 504 is served to later requests', async () => {
  const { clock, request, waitForBackground } = createEdgeWithSource(async () => {
    await clock.sleep(11_000, new AbortController().signal);
    return RECORDING;
  });
  const pending = request();
  await clock.advance(11_000);
  expect((await pending).status).toBe(504);
  await waitForBackground();
  expect((await request()).status).toBe(200);
});

it('a read that has ended is not aborted when the time limit passes', async () => {
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
  const services = { cache, pendingRequests: new PendingRequestLimiter(clock.now), sleep: clock.sleep };
  const context = {
    request,
    requestId: 'id',
    publicUrl: PUBLIC_URL,
    startedAt: clock.now(),
    commonHeaders: [],
  };
  expect(await respondThroughCache(context, services, request.url, CONTEXT)).toMatchObject({ status: 200 });
  await clock.advance(10_500);
  expect(signals).toMatchObject([{ aborted: false }]);
});

it('a response leaves no pending timer', async () => {
  const { clock, request } = createEdgeWithSource(() => Promise.resolve(RECORDING));
  expect((await request()).status).toBe(200);
  await clock.advance(60);
  expect(clock.pending()).toBe(0);
});
