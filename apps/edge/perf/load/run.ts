// Prints the figures of the design's "Load" that one machine can show, and fails where one is missed.
// `node --conditions=source perf/load/run.ts [--runtime node|bun|deno] [--only NAME] [--full]`; --full fills with a million keys.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Figure } from './measurement.ts';
import { measureAmplification } from './scenarios/amplification.ts';
import { measureCoalescing } from './scenarios/coalescing.ts';
import { measureEviction } from './scenarios/eviction.ts';
import { measureFairness } from './scenarios/fairness.ts';
import { measureHitRatio, scaleOf } from './scenarios/hit-ratio.ts';
import { measureInvalidation } from './scenarios/invalidation.ts';
import { measureLatency } from './scenarios/latency.ts';
import { measureLeaving } from './scenarios/client-disconnect.ts';
import { measureMemory } from './scenarios/memory.ts';
import { measureMissOverhead } from './scenarios/miss-overhead.ts';
import { measureOverload } from './scenarios/overload.ts';
import { measureRefresh } from './scenarios/refresh.ts';
import { measureStaleness } from './scenarios/staleness.ts';
import { measureValidation } from './scenarios/validation.ts';
import type { ServedRuntime } from './spawned-server.ts';
import { formatFigure, formatTable } from './format.ts';

const RUNTIMES = ['node', 'bun', 'deno'] as const;

const { values: options } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'node' },
    only: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
  },
});
const runtime =
  RUNTIMES.find((each) => each === options.runtime) ?? fail(`--runtime is one of ${RUNTIMES.join()}.`);

/** What is counted is counted beside the filling of the memory; what is timed is alone on the machine. */
const COUNTED: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  coalescing: () => measureCoalescing(),
  refresh: () => measureRefresh(),
  'hit-ratio': () => measureHitRatio(scaleOf(options.full)),
  eviction: measureEviction,
  amplification: () => measureAmplification(),
  staleness: () => measureStaleness(),
  invalidation: () => measureInvalidation(),
  validation: () => measureValidation(),
};
const TIMED: Readonly<Record<string, (runtime: ServedRuntime) => Promise<readonly Figure[]>>> = {
  leaving: measureLeaving,
  latency: measureLatency,
  'miss-overhead': measureMissOverhead,
  overload: measureOverload,
  fairness: measureFairness,
};

function fail(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function isWanted(name: string): boolean {
  return options.only === '' || options.only === name;
}

const figures: Figure[] = [];

async function show(measured: Promise<readonly Figure[]>): Promise<void> {
  for (const figure of await measured) {
    figures.push(figure);
    say(formatFigure(figure));
  }
}

const startedAt = performance.now();
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
say(`commit ${commit}, ${process.platform} ${process.arch}, ${availableParallelism()} cores\n`);

const filling = isWanted('memory') ? show(measureMemory(options.full ? 1_000_000 : 100_000)) : undefined;
for (const [name, measure] of Object.entries(COUNTED)) if (isWanted(name)) await show(measure());
await filling;
for (const [name, measure] of Object.entries(TIMED)) if (isWanted(name)) await show(measure(runtime));

const missed = figures.filter(({ isMet }) => !isMet).length;
say(`\n${formatTable(figures)}\n`);
say(
  `${figures.length - missed} met, ${missed} missed, in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
);
if (missed > 0 || figures.length === 0) process.exitCode = 1;
