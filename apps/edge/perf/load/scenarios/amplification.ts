import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { answerWith, startInProcess } from '../in-process.ts';
import { pathOf } from '../recordings.ts';

const MOST = 1.2;
const OPEN_SECONDS = 5;

/** Upstream calls for each client's miss while every call fails: where the breaker opens, and where too little comes for that. */
export async function measureAmplification(requests = 1_200): Promise<readonly Figure[]> {
  return [await measureBusy(requests), await measureQuiet(requests)];
}

/** When Twilio was called, milliseconds since the start, while so many clients a second ask for what is not stored. */
async function callWhileDown(requests: number, perSecond: number): Promise<readonly number[]> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const calls: number[] = [];
  const edge = startInProcess({
    clock,
    async upstream() {
      calls.push(clock.now() - startedAt);
      return answerWith('{}', 500);
    },
  });
  for (let nth = 0; nth < requests; nth += 1) {
    void edge.ask(pathOf(nth));
    await clock.advance(0);
    await clock.advance(Math.floor(1_000 / perSecond));
  }
  return calls;
}

async function measureBusy(requests: number): Promise<Figure> {
  const perSecond = 20;
  const calls = await callWhileDown(requests, perSecond);
  const gaps = calls.slice(1).map((at, nth) => at - (calls[nth] ?? 0));
  // Before the breaker opens calls come close together; afterwards one comes at a time.
  const opened = gaps.findIndex((gap) => gap >= OPEN_SECONDS * 1_000);
  const openedAt = (calls[opened] ?? Number.POSITIVE_INFINITY) / 1_000;
  const probes = calls.slice(opened + 1);
  const expected = Math.floor((requests / perSecond - openedAt) / OPEN_SECONDS);
  const tooSoon = gaps.slice(opened).filter((gap) => gap < OPEN_SECONDS * 1_000).length;
  const share = calls.length / requests;
  return {
    name: 'retry amplification, breaker',
    target: `≤ ${MOST}; opens ≤ 10 s; 1 probe per ${OPEN_SECONDS} s`,
    measured: `${share.toFixed(3)}; opened after ${openedAt.toFixed(1)} s; ${probes.length} probes in ${expected} × ${OPEN_SECONDS} s, ${tooSoon} too soon`,
    isMet: share <= MOST && openedAt <= 10 && tooSoon === 0 && Math.abs(probes.length - expected) <= 1,
    runtime: FAKE_CLOCK,
    method: `${requests} misses on distinct keys, ${perSecond} a second, open loop, every call answered 500; per process or isolate`,
  };
}

async function measureQuiet(requests: number): Promise<Figure> {
  // At one a second the first ten retries would open it.
  const perSecond = 0.9;
  const calls = await callWhileDown(requests, perSecond);
  const share = calls.length / requests;
  return {
    name: 'retry amplification, too few to open it',
    target: `≤ ${MOST}`,
    measured: share.toFixed(3),
    isMet: share <= MOST,
    runtime: FAKE_CLOCK,
    method: `${requests} misses on distinct keys, ${perSecond} a second, open loop, every call answered 500; per process or isolate`,
  };
}
