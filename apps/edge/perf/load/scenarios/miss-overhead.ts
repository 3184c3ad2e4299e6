import type { Figure } from '../measurement.ts';
import { openConnection, type Connection } from '../connection.ts';
import { arrive } from '../open-loop.ts';
import { pathOf } from '../recordings.ts';
import { serveEdge, serveProxy, type ServedRuntime } from '../spawned-server.ts';
import { describeRuns, median, percentile } from '../statistics.ts';

const UPSTREAM_MS = 50;
const MISSES = 150;
const RUNS = 3;
const WARM_UP = 30;
const TURN_SECONDS = 0.155;

/** Hits a second meanwhile: a process that nothing is asked of for a while is slow to wake. */
const HITS_PER_SECOND = 500;
const HOT = pathOf(0);

/** What a miss adds to the time of a call of Twilio, until its answer is there. */
export async function measureMissOverhead(runtime: ServedRuntime): Promise<readonly Figure[]> {
  const edge = await serveEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  const proxy = await serveProxy(edge.twilio.port);
  try {
    const byProxy = await openConnection(proxy.port);
    const byEdge = await openConnection(edge.port);
    const direct = await openConnection(edge.twilio.port);
    await byEdge.get(HOT);
    await edge.twilio.setDelay(UPSTREAM_MS);
    let next = 0;
    const run = async (times: number): Promise<Run> => {
      const made: Run = { edge: [], proxy: [], direct: [] };
      const isMade = makeTurns(times, made);
      // Lasts at least as long: what is made takes a hundred and fifty milliseconds a turn.
      await arrive({
        port: edge.port,
        perSecond: HITS_PER_SECOND,
        seconds: times * TURN_SECONDS,
        pathOf: () => HOT,
      });
      await isMade;
      return made;
    };
    const makeTurns = async (times: number, made: Run) => {
      for (let nth = 0; nth < times; nth += 1) {
        next += 1;
        made.direct.push(await time(direct, pathOf(next)));
        made.proxy.push(await time(byProxy, pathOf(next)));
        made.edge.push(await time(byEdge, pathOf(next)));
      }
    };
    await run(WARM_UP);
    const runs: Run[] = [];
    for (let nth = 0; nth < RUNS; nth += 1) runs.push(await run(MISSES / RUNS));
    return [describe(edge.runtime, runs)];
  } finally {
    await proxy.stop();
    await edge.stop();
  }
}

/** Times of one run, milliseconds. */
interface Run {
  readonly edge: number[];
  readonly proxy: number[];
  readonly direct: number[];
}

function describe(runtime: string, runs: readonly Run[]): Figure {
  const added = (share: number, by: 'edge' | 'proxy' = 'edge') =>
    runs.map((run) => percentile(run[by], share) - percentile(run.direct, share));
  return {
    name: 'time that a miss adds to the upstream',
    target: 'p50 < 1 ms, p99 < 5 ms',
    measured: `p50 ${describeRuns(added(0.5), 'ms')}, p99 ${describeRuns(added(0.99), 'ms')}; a bare proxy with fetch on Node p50 ${describeRuns(added(0.5, 'proxy'), 'ms')}`,
    isMet: median(added(0.5)) < 1 && median(added(0.99)) < 5,
    runtime,
    method: `${MISSES} misses and as many direct calls in turn, upstream ${UPSTREAM_MS} ms, closed loop, one at a time, beside ${HITS_PER_SECOND} hits a second; median of ${RUNS} runs (least–most); per process`,
  };
}

async function time(connection: Connection, path: string): Promise<number> {
  const startedAt = performance.now();
  const { status } = await connection.get(path);
  if (status !== 200) throw new Error(`A miss was answered ${status}.`);
  return performance.now() - startedAt;
}
