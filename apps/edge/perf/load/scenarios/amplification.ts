import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import { createTwilioResponse, createLoadEdge } from '../in-process.ts';
import { toRecordingPath } from '../recordings.ts';

const MAX_RATIO = 1.2;
const OPEN_SECONDS = 5;

/** Measures the upstream calls per cache miss during an outage: at a rate that opens the circuit breaker, and at a lower rate. */
export async function measureAmplification(requests = 1_200): Promise<readonly Measurement[]> {
  return [await measureOpenBreaker(requests), await measureLowRate(requests)];
}

/** Records the times of the calls to Twilio during an outage, in milliseconds since the start. Each request misses the cache. */
async function recordCallsDuringOutage(requests: number, perSecond: number): Promise<readonly number[]> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const calls: number[] = [];
  const edge = createLoadEdge({
    clock,
    async upstream() {
      calls.push(clock.now() - startedAt);
      return createTwilioResponse('{}', 500);
    },
  });
  for (let index = 0; index < requests; index += 1) {
    void edge.request(toRecordingPath(index));
    await clock.advance(0);
    await clock.advance(Math.floor(1_000 / perSecond));
  }
  return calls;
}

async function measureOpenBreaker(requests: number): Promise<Measurement> {
  const perSecond = 20;
  const calls = await recordCallsDuringOutage(requests, perSecond);
  const gaps = calls.slice(1).map((at, index) => at - (calls[index] ?? 0));
  // Before the breaker opens, the calls are close together. After that, there is one call per interval.
  const openedIndex = gaps.findIndex((gap) => gap >= OPEN_SECONDS * 1_000);
  const openedAt = (calls[openedIndex] ?? Number.POSITIVE_INFINITY) / 1_000;
  const probes = calls.slice(openedIndex + 1);
  const expected = Math.floor((requests / perSecond - openedAt) / OPEN_SECONDS);
  const tooSoon = gaps.slice(openedIndex).filter((gap) => gap < OPEN_SECONDS * 1_000).length;
  const share = calls.length / requests;
  return {
    name: 'retry amplification, breaker',
    target: `≤ ${MAX_RATIO}; opens ≤ 10 s; 1 probe per ${OPEN_SECONDS} s`,
    measured: `${share.toFixed(3)}; opened after ${openedAt.toFixed(1)} s; ${probes.length} probes in ${expected} × ${OPEN_SECONDS} s, ${tooSoon} too soon`,
    isMet: share <= MAX_RATIO && openedAt <= 10 && tooSoon === 0 && Math.abs(probes.length - expected) <= 1,
    runtime: FAKE_CLOCK_RUNTIME,
    method: `${requests} misses on distinct keys, ${perSecond} per second, open loop, every call fails with 500; per process or isolate`,
  };
}

async function measureLowRate(requests: number): Promise<Measurement> {
  // At one request per second the first ten retries would open the breaker.
  const perSecond = 0.9;
  const calls = await recordCallsDuringOutage(requests, perSecond);
  const share = calls.length / requests;
  return {
    name: 'retry amplification, rate too low to open the breaker',
    target: `≤ ${MAX_RATIO}`,
    measured: share.toFixed(3),
    isMet: share <= MAX_RATIO,
    runtime: FAKE_CLOCK_RUNTIME,
    method: `${requests} misses on distinct keys, ${perSecond} per second, open loop, every call fails with 500; per process or isolate`,
  };
}
