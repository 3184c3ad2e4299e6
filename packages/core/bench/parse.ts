import { stdout, versions } from 'node:process';
import { do_not_optimize, measure } from 'mitata';
import { example } from '../test/example.ts';
import { CONTENDERS, PARSE_ALONE, type Contender } from './contenders.ts';
import { checkFairness } from './fairness.ts';

const ROUNDS = 5;
const all = [PARSE_ALONE, ...CONTENDERS];
const text = JSON.stringify(example);

const rounds: Readonly<Record<string, number>>[] = [];
for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measureAll());
// Only now: values of other shapes would slow down what was compiled for this one.
checkFairness(example);
stdout.write(
  `\n${runtime()}: the official example, ${text.length} bytes, best median of ${ROUNDS} rounds\n\n`,
);
stdout.write(table());

/** One after the other in each round, so that a machine that slows down slows all of them. */
async function measureAll(): Promise<Readonly<Record<string, number>>> {
  const medians: Record<string, number> = {};
  for (const contender of all) medians[contender.name] = await medianOf(contender);
  return medians;
}

/** Nanoseconds. */
async function medianOf({ read }: Contender): Promise<number> {
  const { p50 } = await measure(() => do_not_optimize(read(text)), { inner_gc: false });
  return p50;
}

function table(): string {
  const base = best(PARSE_ALONE);
  const lines = all.map((contender) => {
    const ns = best(contender);
    const [micros, ratio] = [(ns / 1000).toFixed(2), (ns / base).toFixed(2)];
    return `${contender.name.padEnd(12)} ${micros.padStart(6)} µs ${ratio.padStart(6)} ×\n`;
  });
  return lines.join('');
}

/** The lowest of its medians: what else a machine does only ever adds to them. */
function best({ name }: Contender): number {
  return Math.min(...rounds.map((medians) => medians[name] ?? Number.NaN));
}

function runtime(): string {
  if (versions['bun'] !== undefined) return `Bun ${versions['bun']}`;
  if (versions['deno'] !== undefined) return `Deno ${versions['deno']}`;
  return `Node ${versions.node}`;
}
