import type { Figure } from '../measurement.ts';
import { arrive, type Sample } from '../open-loop.ts';
import { pathOf } from '../recordings.ts';
import { serveEdge, type ServedEdge, type ServedRuntime } from '../spawned-server.ts';
import { describeRuns, median, percentile } from '../statistics.ts';

const PER_SECOND = 2_000;
const UPSTREAM_MS = 5_000;
/** Of each phase, seconds that are not counted: its connections are new, and a first request over one takes a millisecond. */
const LEAD_IN_SECONDS = 0.5;
/** What is counted is one round of what is stale: its refresh, and the second for which it is fresh after that. */
const PHASE_SECONDS = LEAD_IN_SECONDS + UPSTREAM_MS / 1_000 + 1;
/** Two of the same edge beside each other differ by a fifth in so many on a busy machine, and by more in fewer. */
const PAIRS = 15;
/** Before anything is counted the runtime has compiled what is hot. */
const WARM_UP_PAIRS = 2;
/** Hot keys: no more refreshes at a time than are let through to Twilio. */
const KEYS = 16;
const MOST_TIMES = 1.2;

/** What one phase came to, milliseconds. */
interface Phase {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Answers that were no hits, and answers of stale recordings. */
  readonly others: number;
  readonly stale: number;
}

/** The latency of hits while each key is being refreshed by an upstream that takes 5 s, beside that of fresh hits. */
export async function measureLatency(runtime: ServedRuntime): Promise<readonly Figure[]> {
  // One edge of each kind, with the same load: fresh all the time, and stale all the time.
  const fresh = await serveEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  const stale = await serveEdge(runtime, { LIFETIME_COMPLETED: '1/3600/3600' });
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
      // Each comes first as often as second, so that nothing is won by the order.
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

async function warmUp({ port }: ServedEdge): Promise<void> {
  await arrive({ port, perSecond: KEYS, seconds: 1, pathOf });
}

async function runPhase({ port }: ServedEdge): Promise<Phase> {
  const pathOfHot = (nth: number) => pathOf(nth % KEYS);
  const samples = await arrive({ port, perSecond: PER_SECOND, seconds: PHASE_SECONDS, pathOf: pathOfHot });
  return summarise(samples.slice(LEAD_IN_SECONDS * PER_SECOND));
}

function summarise(samples: readonly Sample[]): Phase {
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

function describe({ runtime }: ServedEdge, steady: readonly Phase[], refreshing: readonly Phase[]): Figure {
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
  const isMet = share('p99') <= MOST_TIMES && worst < baseline + 50 && others === 0;
  return {
    name: 'p99 of hits while the upstream takes 5 s',
    target: `≤ ${MOST_TIMES} × steady; max < 50 ms over it; no request waits`,
    measured:
      `× ${share('p99').toFixed(2)} (p99.9 × ${share('p999').toFixed(2)}): ${runs(refreshing, 'p99')} beside ${runs(steady, 'p99')}; ` +
      `p50 ${runs(refreshing, 'p50')} beside ${runs(steady, 'p50')}; max ${worst.toFixed(1)} ms; ${others} waited, ${stale} were stale`,
    isMet,
    runtime,
    method: `${PER_SECOND} a second on ${KEYS} keys, open loop, ${PAIRS} pairs of ${PHASE_SECONDS} s in turn, the first ${LEAD_IN_SECONDS} s of each left out; median of the pairs' ratios, medians (least–most) beside it; per process`,
  };
}
