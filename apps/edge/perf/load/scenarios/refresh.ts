import type { HttpResponse } from '../../../src/http/types.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { answerWith, headerOf, startInProcess } from '../in-process.ts';
import { pathOf, recordingAt } from '../recordings.ts';

const LIFETIME_SECONDS = 1;
const UPSTREAM_MS = 200;

/** Upstream calls and clients that wait, while 1,000 requests a second ask for one key with a short lifetime. */
export async function measureRefresh(seconds = 600): Promise<readonly Figure[]> {
  const clock = createFakeClock();
  const edge = startInProcess({
    clock,
    variables: { LIFETIME_COMPLETED: `${LIFETIME_SECONDS}/10/60` },
    async upstream(path) {
      await clock.sleep(UPSTREAM_MS, new AbortController().signal);
      return answerWith(recordingAt(path));
    },
  });
  const path = pathOf(1);
  const first = edge.ask(path);
  await clock.advance(UPSTREAM_MS);
  await first;
  await clock.advance(1);
  let waits = 0;
  let stale = 0;
  const take = (askedAt: number, reply: HttpResponse) => {
    const isHit = reply.status === 200 && headerOf(reply, 'cache-status').startsWith('room-recordings; hit');
    if (!isHit || clock.now() !== askedAt) waits += 1;
    if (headerOf(reply, 'cache-status').includes('stale-while-revalidate')) stale += 1;
  };
  const before = edge.calls();
  const requests = seconds * 1_000;
  for (let nth = 0; nth < requests; nth += 1) {
    const askedAt = clock.now();
    const reply = edge.ask(path);
    // What is fresh comes at once; what is stale as soon as the event loop has been round.
    if (reply instanceof Promise) void reply.then((late) => take(askedAt, late));
    else take(askedAt, reply);
    await clock.advance(1);
    await edge.settle();
  }
  const calls = edge.calls() - before;
  const lifetimes = seconds / LIFETIME_SECONDS;
  return [
    {
      name: 'coalescing, refresh',
      target: '1 call a lifetime, 0 clients wait',
      measured: `${calls} calls in ${lifetimes} lifetimes; ${waits} waited, ${stale} were served stale`,
      isMet: calls <= lifetimes && calls >= lifetimes * 0.75 && waits === 0,
      runtime: FAKE_CLOCK,
      method: `${requests.toLocaleString('en')} requests, 1,000 a second for ${seconds} s on one key, lifetime ${LIFETIME_SECONDS} s, upstream ${UPSTREAM_MS} ms, open loop; per process or isolate`,
    },
  ];
}
