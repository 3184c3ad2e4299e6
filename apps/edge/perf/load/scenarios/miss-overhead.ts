import type { Measurement } from '../measurement.ts';
import { openConnection, type Connection } from '../connection.ts';
import { sendAtRate } from '../open-loop.ts';
import { toRecordingPath } from '../recordings.ts';
import { spawnEdge, spawnProxy, type ServerRuntime } from '../spawned-server.ts';
import { describeRuns, median, percentile } from '../statistics.ts';

const UPSTREAM_MS = 50;
const MISSES = 150;
const RUNS = 3;
const WARM_UP_MISSES = 30;
const ROUND_SECONDS = 0.155;

/** Cache hits per second during the scenario, because an idle process is slower. */
const HITS_PER_SECOND = 500;
const HOT_PATH = toRecordingPath(0);

/** Measures the time that a cache miss adds to a call of Twilio. */
export async function measureMissOverhead(runtime: ServerRuntime): Promise<readonly Measurement[]> {
  const edge = await spawnEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  const proxy = await spawnProxy(edge.twilio.port);
  try {
    const viaProxy = await openConnection(proxy.port);
    const viaEdge = await openConnection(edge.port);
    const direct = await openConnection(edge.twilio.port);
    await viaEdge.get(HOT_PATH);
    await edge.twilio.setDelay(UPSTREAM_MS);
    let next = 0;
    const run = async (times: number): Promise<Run> => {
      const result: Run = { edge: [], proxy: [], direct: [] };
      const rounds = runRounds(times, result);
      // The hits last at least as long as the rounds, which take 150 ms each.
      await sendAtRate({
        port: edge.port,
        perSecond: HITS_PER_SECOND,
        seconds: times * ROUND_SECONDS,
        toPath: () => HOT_PATH,
      });
      await rounds;
      return result;
    };
    const runRounds = async (times: number, result: Run) => {
      for (let index = 0; index < times; index += 1) {
        next += 1;
        result.direct.push(await time(direct, toRecordingPath(next)));
        result.proxy.push(await time(viaProxy, toRecordingPath(next)));
        result.edge.push(await time(viaEdge, toRecordingPath(next)));
      }
    };
    await run(WARM_UP_MISSES);
    const runs: Run[] = [];
    for (let index = 0; index < RUNS; index += 1) runs.push(await run(MISSES / RUNS));
    return [describe(edge.runtime, runs)];
  } finally {
    await proxy.stop();
    await edge.stop();
  }
}

/** The times of one run in milliseconds. */
interface Run {
  readonly edge: number[];
  readonly proxy: number[];
  readonly direct: number[];
}

function describe(runtime: string, runs: readonly Run[]): Measurement {
  const added = (share: number, by: 'edge' | 'proxy' = 'edge') =>
    runs.map((run) => percentile(run[by], share) - percentile(run.direct, share));
  return {
    name: 'time that a miss adds to the upstream',
    target: 'p50 < 1 ms, p99 < 5 ms',
    measured: `p50 ${describeRuns(added(0.5), 'ms')}, p99 ${describeRuns(added(0.99), 'ms')}; a minimal proxy with fetch on Node p50 ${describeRuns(added(0.5, 'proxy'), 'ms')}`,
    isMet: median(added(0.5)) < 1 && median(added(0.99)) < 5,
    runtime,
    method: `${MISSES} alternating misses and direct calls, upstream ${UPSTREAM_MS} ms, closed loop, one at a time, beside ${HITS_PER_SECOND} hits per second; median of ${RUNS} runs (minimum–maximum); per process`,
  };
}

async function time(connection: Connection, path: string): Promise<number> {
  const startedAt = performance.now();
  const { status } = await connection.get(path);
  if (status !== 200) throw new Error(`The response to a cache miss is ${status}.`);
  return performance.now() - startedAt;
}
