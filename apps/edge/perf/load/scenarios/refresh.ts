import type { HttpResponse } from '../../../src/http/types.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import { createTwilioResponse, getHeader, createLoadEdge } from '../in-process.ts';
import { toRecordingPath, serializeRecording } from '../recordings.ts';

const LIFETIME_SECONDS = 1;
const UPSTREAM_MS = 200;

/** Measures the upstream calls and the waiting clients at 1,000 requests per second for one key with a short lifetime. */
export async function measureRefresh(seconds = 600): Promise<readonly Measurement[]> {
  const clock = createFakeClock();
  const edge = createLoadEdge({
    clock,
    variables: { LIFETIME_COMPLETED: `${LIFETIME_SECONDS}/10/60` },
    async upstream(path) {
      await clock.sleep(UPSTREAM_MS, new AbortController().signal);
      return createTwilioResponse(serializeRecording(path));
    },
  });
  const path = toRecordingPath(1);
  const first = edge.request(path);
  await clock.advance(UPSTREAM_MS);
  await first;
  await clock.advance(1);
  let waits = 0;
  let stale = 0;
  const record = (requestedAt: number, response: HttpResponse) => {
    const isHit =
      response.status === 200 && getHeader(response, 'cache-status').startsWith('room-recordings; hit');
    if (!isHit || clock.now() !== requestedAt) waits += 1;
    if (getHeader(response, 'cache-status').includes('stale-while-revalidate')) stale += 1;
  };
  const before = edge.countCalls();
  const requests = seconds * 1_000;
  for (let index = 0; index < requests; index += 1) {
    const requestedAt = clock.now();
    const response = edge.request(path);
    // A fresh response is synchronous. A stale response takes one turn of the event loop.
    if (response instanceof Promise) void response.then((late) => record(requestedAt, late));
    else record(requestedAt, response);
    await clock.advance(1);
    await edge.settle();
  }
  const calls = edge.countCalls() - before;
  const lifetimes = seconds / LIFETIME_SECONDS;
  return [
    {
      name: 'coalescing, refresh',
      target: '1 call per lifetime, 0 clients wait',
      measured: `${calls} calls in ${lifetimes} lifetimes; ${waits} waited, ${stale} were served stale`,
      isMet: calls <= lifetimes && calls >= lifetimes * 0.75 && waits === 0,
      runtime: FAKE_CLOCK_RUNTIME,
      method: `${requests.toLocaleString('en')} requests, 1,000 per second for ${seconds} s on one key, lifetime ${LIFETIME_SECONDS} s, upstream ${UPSTREAM_MS} ms, open loop; per process or isolate`,
    },
  ];
}
