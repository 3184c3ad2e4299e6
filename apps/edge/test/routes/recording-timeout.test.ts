import { RecordingsError } from '@room-recordings/core';
import type { HttpCache } from '@room-recordings/http-cache';
import { expect, it } from 'vitest';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import { PendingRequestLimiter } from '../../src/http/pending-request-limiter.ts';
import { encodeOriginResult } from '../../src/recordings/origin.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { handleRecording } from '../../src/routes/recording-route.ts';
import { makeClock } from '../clock.ts';
import { PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';
import { targetOf } from '../target.ts';

const CONTEXT = { id: targetOf().id, publicUrl: PUBLIC_URL, caller: 'a reader' };

/** An edge in this process, on a clock of the test's. */
function edgeOver(read: RecordingSource['read']) {
  const clock = makeClock();
  const settings = parseConfig({ ACCESS: 'public', RECORDINGS_SOURCE: 'archive', PUBLIC_URL });
  const log = { wants: () => false, write() {} };
  const background: Promise<unknown>[] = [];
  const waitUntil = (work: Promise<unknown>) => void background.push(work);
  const { now, sleep } = clock;
  const { app } = createEdge(settings, { read }, { now, sleep, waitUntil, log });
  const answer = createFetchHandler(app);
  return {
    clock,
    ask: async () => answer(new Request(PUBLIC_URL + PATH)),
    settle: () => Promise.all(background),
  };
}

it('F05: who waited for the read of another, and then needs one of their own, waits little more than ten seconds', async () => {
  // Ten seconds each, as the source has at most.
  const { clock, ask } = edgeOver(async () => {
    await clock.sleep(10_000, new AbortController().signal);
    throw new RecordingsError('timeout', 'No answer.');
  });
  const asked = [ask(), ask(), ask()];
  await clock.pass(10_000);
  expect((await asked[0])?.status).toBe(504);
  await clock.pass(500);
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

it('F05: what comes too late for them is there for those who come later', async () => {
  const { clock, ask, settle } = edgeOver(async () => {
    await clock.sleep(11_000, new AbortController().signal);
    return RECORDING;
  });
  const asked = ask();
  await clock.pass(11_000);
  expect((await asked).status).toBe(504);
  await settle();
  expect((await ask()).status).toBe(200);
});

it('gives up nothing that has ended', async () => {
  const clock = makeClock();
  const signals: AbortSignal[] = [];
  const cache: HttpCache = {
    fetch: async (input) => {
      if (input instanceof Request) signals.push(input.signal);
      return encodeOriginResult({ body: '{}', etag: 'W/"1"', cacheControl: 'public, max-age=300' });
    },
    lookup: () => undefined,
    purge: async () => undefined,
    cacheKey: ({ url }) => url,
  };
  const asked = { method: 'GET', url: PUBLIC_URL + PATH, headers: new Headers() };
  const through = { cache, waiting: new PendingRequestLimiter(clock.now), sleep: clock.sleep };
  const exchange = { asked, requestId: 'id', publicUrl: PUBLIC_URL, now: clock.now(), common: [] };
  expect(await handleRecording(exchange, through, asked.url, CONTEXT)).toMatchObject({ status: 200 });
  await clock.pass(10_500);
  expect(signals).toMatchObject([{ aborted: false }]);
});

it('leaves no timer behind', async () => {
  const { clock, ask } = edgeOver(() => Promise.resolve(RECORDING));
  expect((await ask()).status).toBe(200);
  await clock.pass(60);
  expect(clock.waiting()).toBe(0);
});
