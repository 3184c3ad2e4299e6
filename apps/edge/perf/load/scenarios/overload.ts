import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../measurement.ts';
import { openConnection } from '../connection.ts';
import { arrive, type Sample } from '../open-loop.ts';
import { pathOf } from '../recordings.ts';
import { serveEdge, type ServedEdge, type ServedRuntime } from '../spawned-server.ts';
import { describeRuns, median, percentile } from '../statistics.ts';
import { HEADERS_TIMEOUT_MS, MAX_CONCURRENT_CALLS } from '../../../src/twilio/resilience/policy.ts';

/** Half a second less than the edge waits for, so that what is let through is answered, and no breaker opens. */
const UPSTREAM_MS = HEADERS_TIMEOUT_MS - 500;
/** Ten times what twenty calls at a time can bring. */
const MISSES_PER_SECOND = Math.ceil((10 * MAX_CONCURRENT_CALLS * 1_000) / UPSTREAM_MS);
const HITS_PER_SECOND = 1_000;
const PHASE_SECONDS = 4;
const PHASES = 3;
const HOT = 16;
const MOST_MS = 50;
const RECOVERY_SECONDS = 10;

/** What hits and misses get while ten times as much is asked for as a slow upstream can bring. */
export async function measureOverload(runtime: ServedRuntime): Promise<readonly Figure[]> {
  const edge = await serveEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  try {
    await askHot(edge, 1);
    // As many requests as later, and all of them hits: what the load itself costs is on both sides.
    const filling = askBeside(edge, (nth) => nth % HOT);
    const steady = await askInPhases(edge);
    await filling;
    await edge.twilio.setDelay(UPSTREAM_MS);
    await edge.twilio.see();
    const crowd = askBeside(edge, (nth) => 1_000 + nth);
    const busy = await askInPhases(edge);
    const { mostRunning } = await edge.twilio.see();
    await edge.twilio.setDelay(10);
    const recovered = await recover(edge);
    return [describeMisses(edge, await crowd, mostRunning, recovered), describeHits(edge, steady, busy)];
  } finally {
    await edge.stop();
  }
}

function askHot({ port }: ServedEdge, seconds: number): Promise<readonly Sample[]> {
  return arrive({ port, perSecond: HITS_PER_SECOND, seconds, pathOf: (nth) => pathOf(nth % HOT) });
}

async function askInPhases(edge: ServedEdge): Promise<readonly (readonly Sample[])[]> {
  const phases: (readonly Sample[])[] = [];
  for (let phase = 0; phase < PHASES; phase += 1) phases.push(await askHot(edge, PHASE_SECONDS));
  return phases;
}

/** Asks for other recordings beside the hot ones, until all phases are over. */
function askBeside({ port }: ServedEdge, which: (nth: number) => number): Promise<readonly Sample[]> {
  return arrive({
    port,
    perSecond: MISSES_PER_SECOND,
    seconds: PHASE_SECONDS * PHASES,
    pathOf: (nth) => pathOf(which(nth)),
    connections: MISSES_PER_SECOND,
  });
}

/** Seconds until a miss is answered again. */
async function recover({ port }: ServedEdge): Promise<number> {
  const startedAt = performance.now();
  const connection = await openConnection(port);
  for (let nth = 0; ; nth += 1) {
    const { status } = await connection.get(pathOf(1_000_000 + nth));
    const seconds = (performance.now() - startedAt) / 1_000;
    if (status === 200 || seconds > 3 * RECOVERY_SECONDS) {
      connection.close();
      return seconds;
    }
    await sleep(100);
  }
}

function describeMisses(
  { runtime }: ServedEdge,
  misses: readonly Sample[],
  mostRunning: number,
  recovered: number,
): Figure {
  const isRefused = ({ status, head }: Sample) => status === 503 && head.includes('detail=overloaded');
  const refused = misses.filter(isRefused).map(({ ms }) => ms);
  const slow = refused.filter((ms) => ms > MOST_MS).length;
  const admitted = misses.length - refused.length;
  const found = misses.filter(({ status }) => status === 200).length;
  return {
    name: 'overload, misses',
    target: `503 ≤ ${MOST_MS} ms; ≤ ${MAX_CONCURRENT_CALLS} in flight; recovery ≤ ${RECOVERY_SECONDS} s`,
    measured:
      `${refused.length} × 503, p50 ${percentile(refused, 0.5).toFixed(2)} ms, p99 ${percentile(refused, 0.99).toFixed(2)} ms, ` +
      `max ${percentile(refused, 1).toFixed(1)} ms, ${slow} too late; ${admitted} others, of which ${found} found; ` +
      `${mostRunning} in flight; recovered in ${recovered.toFixed(1)} s`,
    isMet:
      refused.length > 0 &&
      found === admitted &&
      slow === 0 &&
      mostRunning <= MAX_CONCURRENT_CALLS &&
      recovered <= RECOVERY_SECONDS,
    runtime,
    method: `${misses.length} misses, ${MISSES_PER_SECOND} a second, upstream ${UPSTREAM_MS} ms, open loop, 1 run; in flight as Twilio saw it; per process`,
  };
}

function describeHits(
  { runtime }: ServedEdge,
  steady: readonly (readonly Sample[])[],
  busy: readonly (readonly Sample[])[],
): Figure {
  const tails = (phases: readonly (readonly Sample[])[]) =>
    phases.map((samples) =>
      percentile(
        samples.map(({ ms }) => ms),
        0.99,
      ),
    );
  const share = median(tails(busy)) / median(tails(steady));
  const lost = busy.flat().filter(({ head }) => !head.includes('room-recordings; hit')).length;
  return {
    name: 'overload, hits',
    target: 'p99 ≤ 1.2 × steady, all answered',
    measured: `× ${share.toFixed(2)}: ${describeRuns(tails(busy), 'ms')} beside ${describeRuns(tails(steady), 'ms')}; ${lost} were no hits`,
    isMet: share <= 1.2 && lost === 0,
    runtime,
    method: `${HITS_PER_SECOND} hits a second on ${HOT} keys, open loop, phases of ${PHASE_SECONDS} s, ${steady.length} beside as many hits as there are misses in the overload and ${busy.length} during it, medians (least–most); per process`,
  };
}
