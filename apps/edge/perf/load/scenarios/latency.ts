import type { Measurement } from '../measurement.ts';
import { sendAtRate, type Sample } from '../open-loop.ts';
import { toRecordingPath } from '../recordings.ts';
import { spawnEdge, type SpawnedEdge, type ServerRuntime } from '../spawned-server.ts';
import { describeRuns, median, percentile } from '../statistics.ts';

const PER_SECOND = 2_000;
const UPSTREAM_MS = 5_000;
/** Seconds at the start of each phase that do not count: the first request over a new connection takes a millisecond. */
const WARM_UP_SECONDS = 0.5;
/** The counted part of a phase is one refresh of a stale response and the second for which it is fresh after that. */
const PHASE_SECONDS = WARM_UP_SECONDS + UPSTREAM_MS / 1_000 + 1;
/** On a busy machine, two equal edges differ by 20 % in this number of pairs, and by more in fewer pairs. */
const PAIRS = 15;
/** Pairs that do not count, in which the runtime compiles hot code. */
const WARM_UP_PAIRS = 2;
/** Hot keys: not more concurrent refreshes than the concurrency limit of calls to Twilio. */
const KEYS = 16;
const MAX_RATIO = 1.2;

/** The latencies of one phase in milliseconds. */
interface Phase {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Responses that were not cache hits, and stale responses. */
  readonly others: number;
  readonly stale: number;
}

/** Measures the latency of stale cache hits during refreshes that take 5 s, compared with the latency of fresh hits. */
export async function measureLatency(runtime: ServerRuntime): Promise<readonly Measurement[]> {
  // Two edges with the same load: one always fresh, one always stale.
  const fresh = await spawnEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  const stale = await spawnEdge(runtime, { LIFETIME_COMPLETED: '1/3600/3600' });
  try {
    await warmUp(fresh);
    await warmUp(stale);
    await stale.twilio.setDelay(UPSTREAM_MS);
    for (let pair = 0; pair < WARM_UP_PAIRS; pair += 1) {
      await runPhase(fresh);
      await runPhase(stale);
    }
    const steady: Phase[] = [];
    const refreshing: Phase[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // Each edge is first in half of the pairs, so that the order has no effect.
      if (pair % 2 === 0) steady.push(await runPhase(fresh));
      refreshing.push(await runPhase(stale));
      if (pair % 2 === 1) steady.push(await runPhase(fresh));
    }
    return [describe(fresh, steady, refreshing)];
  } finally {
    await fresh.stop();
    await stale.stop();
  }
}

async function warmUp({ port }: SpawnedEdge): Promise<void> {
  await sendAtRate({ port, perSecond: KEYS, seconds: 1, toPath: toRecordingPath });
}

async function runPhase({ port }: SpawnedEdge): Promise<Phase> {
  const toHotPath = (index: number) => toRecordingPath(index % KEYS);
  const samples = await sendAtRate({
    port,
    perSecond: PER_SECOND,
    seconds: PHASE_SECONDS,
    toPath: toHotPath,
  });
  return summarize(samples.slice(WARM_UP_SECONDS * PER_SECOND));
}

function summarize(samples: readonly Sample[]): Phase {
  const times = samples.map(({ ms }) => ms);
  const isHit = ({ status, head }: Sample) => status === 200 && head.includes('room-recordings; hit');
  return {
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    p999: percentile(times, 0.999),
    max: percentile(times, 1),
    others: samples.filter((sample) => !isHit(sample)).length,
    stale: samples.filter(({ head }) => head.includes('stale-while-revalidate')).length,
  };
}

function describe(
  { runtime }: SpawnedEdge,
  steady: readonly Phase[],
  refreshing: readonly Phase[],
): Measurement {
  const share = (which: 'p99' | 'p999') =>
    median(refreshing.map((phase, run) => phase[which] / (steady[run]?.[which] ?? Number.NaN)));
  const runs = (phases: readonly Phase[], which: keyof Phase) =>
    describeRuns(
      phases.map((phase) => phase[which]),
      'ms',
    );
  const worst = Math.max(...refreshing.map(({ max }) => max));
  const baseline = median(steady.map(({ max }) => max));
  const others = refreshing.reduce((sum, phase) => sum + phase.others, 0);
  const stale = refreshing.reduce((sum, phase) => sum + phase.stale, 0);
  const isMet = share('p99') <= MAX_RATIO && worst < baseline + 50 && others === 0;
  return {
    name: 'p99 of hits while the upstream takes 5 s',
    target: `≤ ${MAX_RATIO} × steady; maximum < 50 ms above it; no request waits`,
    measured:
      `× ${share('p99').toFixed(2)} (p99.9 × ${share('p999').toFixed(2)}): ${runs(refreshing, 'p99')} beside ${runs(steady, 'p99')}; ` +
      `p50 ${runs(refreshing, 'p50')} beside ${runs(steady, 'p50')}; max ${worst.toFixed(1)} ms; ${others} waited, ${stale} were stale`,
    isMet,
    runtime,
    method: `${PER_SECOND} per second on ${KEYS} keys, open loop, ${PAIRS} alternating pairs of ${PHASE_SECONDS} s without the first ${WARM_UP_SECONDS} s of each; median of the pairs' ratios, and medians (minimum–maximum); per process`,
  };
}
