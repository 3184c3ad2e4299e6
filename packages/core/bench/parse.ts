import { stdout, versions } from 'node:process';
import { do_not_optimize, measure } from 'mitata';
import { example } from '../test/example.ts';
import { PARSERS, JSON_PARSE, type BenchedParser } from './parsers.ts';
import { checkFairness } from './fairness.ts';

const ROUNDS = 5;
const all = [JSON_PARSE, ...PARSERS];
const text = JSON.stringify(example);

const rounds: Readonly<Record<string, number>>[] = [];
for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measureAll());
// After the measurement, because values of other shapes would deoptimize the compiled code.
checkFairness(example);
stdout.write(
  `\n${runtime()}: the official example, ${text.length} bytes, best median of ${ROUNDS} rounds\n\n`,
);
stdout.write(table());

/** Measures the parsers alternately, so that a slower machine affects all of them. */
async function measureAll(): Promise<Readonly<Record<string, number>>> {
  const medians: Record<string, number> = {};
  for (const parser of all) medians[parser.name] = await measureMedian(parser);
  return medians;
}

/** In nanoseconds. */
async function measureMedian({ read }: BenchedParser): Promise<number> {
  const { p50 } = await measure(() => do_not_optimize(read(text)), { inner_gc: false });
  return p50;
}

function table(): string {
  const base = best(JSON_PARSE);
  const lines = all.map((parser) => {
    const ns = best(parser);
    const [micros, ratio] = [(ns / 1000).toFixed(2), (ns / base).toFixed(2)];
    return `${parser.name.padEnd(12)} ${micros.padStart(6)} µs ${ratio.padStart(6)} ×\n`;
  });
  return lines.join('');
}

/** Returns the lowest of the medians: other load on the machine can only increase them. */
function best({ name }: BenchedParser): number {
  return Math.min(...rounds.map((medians) => medians[name] ?? Number.NaN));
}

function runtime(): string {
  if (versions['bun'] !== undefined) return `Bun ${versions['bun']}`;
  if (versions['deno'] !== undefined) return `Deno ${versions['deno']}`;
  return `Node ${versions.node}`;
}
