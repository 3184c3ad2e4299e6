import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement } from '../measurement.ts';
import { openConnection } from '../connection.ts';
import { sendAtRate, type Sample } from '../open-loop.ts';
import { toRecordingPath } from '../recordings.ts';
import { spawnEdge, type SpawnedEdge, type ServerRuntime } from '../spawned-server.ts';
import { describeRuns, median, percentile } from '../statistics.ts';
import { HEADERS_TIMEOUT_MS, MAX_CONCURRENT_CALLS } from '../../../src/twilio/resilience/policy.ts';

/** Half a second less than the timeout of the edge, so that each call succeeds and the circuit breaker stays closed. */
const UPSTREAM_MS = HEADERS_TIMEOUT_MS - 500;
/** Ten times the throughput of the maximum of concurrent calls. */
const MISSES_PER_SECOND = Math.ceil((10 * MAX_CONCURRENT_CALLS * 1_000) / UPSTREAM_MS);
const HITS_PER_SECOND = 1_000;
const PHASE_SECONDS = 4;
const PHASES = 3;
const HOT_KEYS = 16;
const MAX_REJECTION_MS = 50;
const RECOVERY_SECONDS = 10;

/** Measures cache hits and misses while requests arrive at ten times the throughput of a slow upstream. */
export async function measureOverload(runtime: ServerRuntime): Promise<readonly Measurement[]> {
  const edge = await spawnEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  try {
    await sendHits(edge, 1);
    // The same number of requests as later, all of them hits, so that the cost of the load itself is equal.
    const additionalHits = sendAdditional(edge, (index) => index % HOT_KEYS);
    const steady = await sendHitsInPhases(edge);
    await additionalHits;
    await edge.twilio.setDelay(UPSTREAM_MS);
    await edge.twilio.takeCounts();
    const additionalMisses = sendAdditional(edge, (index) => 1_000 + index);
    const busy = await sendHitsInPhases(edge);
    const { mostRunning: maxRunning } = await edge.twilio.takeCounts();
    await edge.twilio.setDelay(10);
    const recovered = await measureRecovery(edge);
    return [
      describeMisses(edge, await additionalMisses, maxRunning, recovered),
      describeHits(edge, steady, busy),
    ];
  } finally {
    await edge.stop();
  }
}

function sendHits({ port }: SpawnedEdge, seconds: number): Promise<readonly Sample[]> {
  return sendAtRate({
    port,
    perSecond: HITS_PER_SECOND,
    seconds,
    toPath: (index) => toRecordingPath(index % HOT_KEYS),
  });
}

async function sendHitsInPhases(edge: SpawnedEdge): Promise<readonly (readonly Sample[])[]> {
  const phases: (readonly Sample[])[] = [];
  for (let phase = 0; phase < PHASES; phase += 1) phases.push(await sendHits(edge, PHASE_SECONDS));
  return phases;
}

/** Requests other recordings until all phases are over. */
function sendAdditional(
  { port }: SpawnedEdge,
  toIndex: (index: number) => number,
): Promise<readonly Sample[]> {
  return sendAtRate({
    port,
    perSecond: MISSES_PER_SECOND,
    seconds: PHASE_SECONDS * PHASES,
    toPath: (index) => toRecordingPath(toIndex(index)),
    connections: MISSES_PER_SECOND,
  });
}

/** Measures the seconds until a cache miss succeeds again. */
async function measureRecovery({ port }: SpawnedEdge): Promise<number> {
  const startedAt = performance.now();
  const connection = await openConnection(port);
  for (let index = 0; ; index += 1) {
    const { status } = await connection.get(toRecordingPath(1_000_000 + index));
    const seconds = (performance.now() - startedAt) / 1_000;
    if (status === 200 || seconds > 3 * RECOVERY_SECONDS) {
      connection.close();
      return seconds;
    }
    await sleep(100);
  }
}

function describeMisses(
  { runtime }: SpawnedEdge,
  misses: readonly Sample[],
  maxRunning: number,
  recovered: number,
): Measurement {
  const isRejected = ({ status, head }: Sample) => status === 503 && head.includes('detail=overloaded');
  const rejected = misses.filter(isRejected).map(({ ms }) => ms);
  const slow = rejected.filter((ms) => ms > MAX_REJECTION_MS).length;
  const admitted = misses.length - rejected.length;
  const found = misses.filter(({ status }) => status === 200).length;
  return {
    name: 'overload, misses',
    target: `503 ≤ ${MAX_REJECTION_MS} ms; ≤ ${MAX_CONCURRENT_CALLS} in flight; recovery ≤ ${RECOVERY_SECONDS} s`,
    measured:
      `${rejected.length} × 503, p50 ${percentile(rejected, 0.5).toFixed(2)} ms, p99 ${percentile(rejected, 0.99).toFixed(2)} ms, ` +
      `max ${percentile(rejected, 1).toFixed(1)} ms, ${slow} too late; ${admitted} others, ${found} of them 200; ` +
      `${maxRunning} in flight; recovered in ${recovered.toFixed(1)} s`,
    isMet:
      rejected.length > 0 &&
      found === admitted &&
      slow === 0 &&
      maxRunning <= MAX_CONCURRENT_CALLS &&
      recovered <= RECOVERY_SECONDS,
    runtime,
    method: `${misses.length} misses, ${MISSES_PER_SECOND} per second, upstream ${UPSTREAM_MS} ms, open loop, 1 run; in flight as counted by the fake Twilio; per process`,
  };
}

function describeHits(
  { runtime }: SpawnedEdge,
  steady: readonly (readonly Sample[])[],
  busy: readonly (readonly Sample[])[],
): Measurement {
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
    target: 'p99 ≤ 1.2 × steady, only cache hits',
    measured: `× ${share.toFixed(2)}: ${describeRuns(tails(busy), 'ms')} beside ${describeRuns(tails(steady), 'ms')}; ${lost} were not cache hits`,
    isMet: share <= 1.2 && lost === 0,
    runtime,
    method: `${HITS_PER_SECOND} hits per second on ${HOT_KEYS} keys, open loop, phases of ${PHASE_SECONDS} s, ${steady.length} beside additional hits and ${busy.length} beside as many misses, medians (minimum–maximum); per process`,
  };
}
