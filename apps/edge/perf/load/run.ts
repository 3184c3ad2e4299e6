// Runs the load scenarios on this machine, and exits with code 1 if a target is missed.
// `node --conditions=source perf/load/run.ts [--runtime node|bun|deno] [--only NAME] [--full]`; --full uses a million keys.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Measurement } from './measurement.ts';
import { measureAmplification } from './scenarios/amplification.ts';
import { measureCoalescing } from './scenarios/coalescing.ts';
import { measureEviction } from './scenarios/eviction.ts';
import { measureFairness } from './scenarios/fairness.ts';
import { measureHitRatio, getHitRatioSize } from './scenarios/hit-ratio.ts';
import { measureInvalidation } from './scenarios/invalidation.ts';
import { measureLatency } from './scenarios/latency.ts';
import { measureClientDisconnect } from './scenarios/client-disconnect.ts';
import { measureMediaPlayback } from './scenarios/media-playback.ts';
import { measureMemory } from './scenarios/memory.ts';
import { measureMissOverhead } from './scenarios/miss-overhead.ts';
import { measureOverload } from './scenarios/overload.ts';
import { measureRefresh } from './scenarios/refresh.ts';
import { measureStaleness } from './scenarios/staleness.ts';
import { measureValidation } from './scenarios/validation.ts';
import type { ServerRuntime } from './spawned-server.ts';
import { formatMeasurement, formatTable } from './format.ts';

const RUNTIMES = ['node', 'bun', 'deno'] as const;

const { values: options } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'node' },
    only: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
  },
});
const runtime =
  RUNTIMES.find((each) => each === options.runtime) ?? fail(`--runtime must be one of ${RUNTIMES.join()}.`);

/** These scenarios count, so that they can run during the memory scenario. The timing scenarios run alone. */
const COUNTING_SCENARIOS: Readonly<Record<string, () => Promise<readonly Measurement[]>>> = {
  coalescing: () => measureCoalescing(),
  refresh: () => measureRefresh(),
  'hit-ratio': () => measureHitRatio(getHitRatioSize(options.full)),
  eviction: measureEviction,
  amplification: () => measureAmplification(),
  staleness: () => measureStaleness(),
  invalidation: () => measureInvalidation(),
  validation: () => measureValidation(),
};
const TIMING_SCENARIOS: Readonly<
  Record<string, (runtime: ServerRuntime) => Promise<readonly Measurement[]>>
> = {
  'client-disconnect': measureClientDisconnect,
  latency: measureLatency,
  'miss-overhead': measureMissOverhead,
  overload: measureOverload,
  fairness: measureFairness,
  'media-playback': measureMediaPlayback,
};

function fail(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

function isSelected(name: string): boolean {
  return options.only === '' || options.only === name;
}

const measurements: Measurement[] = [];

async function printMeasurements(measured: Promise<readonly Measurement[]>): Promise<void> {
  for (const measurement of await measured) {
    measurements.push(measurement);
    printLine(formatMeasurement(measurement));
  }
}

const startedAt = performance.now();
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
printLine(`commit ${commit}, ${process.platform} ${process.arch}, ${availableParallelism()} cores\n`);

const memoryScenario = isSelected('memory')
  ? printMeasurements(measureMemory(options.full ? 1_000_000 : 100_000))
  : undefined;
for (const [name, measure] of Object.entries(COUNTING_SCENARIOS))
  if (isSelected(name)) await printMeasurements(measure());
await memoryScenario;
for (const [name, measure] of Object.entries(TIMING_SCENARIOS))
  if (isSelected(name)) await printMeasurements(measure(runtime));

const missed = measurements.filter(({ isMet }) => !isMet).length;
printLine(`\n${formatTable(measurements)}\n`);
printLine(
  `${measurements.length - missed} met, ${missed} missed, in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
);
if (missed > 0 || measurements.length === 0) process.exitCode = 1;
