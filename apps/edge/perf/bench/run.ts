// Compares the throughput of cache hits with other servers, in alternating pairs. Exits with code 1 if a ratio is too low.
// `node --conditions=source perf/bench/run.ts [--only bun|workerd|node|token] [--pairs 7] [--seconds 3]`
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { describeRuns, median } from '../load/statistics.ts';
import { COMPARISONS } from './comparisons.ts';
import { fetchHit, type Comparison, type BenchTarget } from './target.ts';
import { CONNECTIONS, measureThroughput, readVersion } from './wrk.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    pairs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
  },
});
const pairs = Number(options.pairs);
const seconds = Number(options.seconds);

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Measures one pair after the other, and returns whether the median of their ratios is high enough. */
async function compare({ name, minRatio, start }: Comparison): Promise<boolean> {
  const [edge, baseline] = await start();
  try {
    printLine(name);
    for (const target of [edge, baseline]) await describeAndWarmUp(target);
    const counts: Readonly<Record<'edge' | 'baseline', number[]>> = { edge: [], baseline: [] };
    for (let pair = 0; pair < pairs; pair += 1) {
      // Each server is first in half of the pairs, so that the order has no effect.
      const order = pair % 2 === 0 ? (['edge', 'baseline'] as const) : (['baseline', 'edge'] as const);
      for (const server of order) {
        counts[server].push(await measureThroughput(server === 'edge' ? edge : baseline, seconds));
      }
    }
    const ratios = counts.edge.map((count, pair) => count / (counts.baseline[pair] ?? Number.NaN));
    const isMet = median(ratios) >= minRatio;
    printLine(`  edge      ${describeRuns(counts.edge, 'responses/s', 0)}`);
    printLine(`  baseline  ${describeRuns(counts.baseline, 'responses/s', 0)}`);
    printLine(`  ratio     ${describeRuns(ratios, '×', 3)}, target ≥ ${minRatio}: ${isMet ? 'ok' : 'NOT'}\n`);
    return isMet;
  } finally {
    await baseline.stop();
    await edge.stop();
  }
}

/** Prints the size of a server's response, and sends requests until its code is optimized. */
async function describeAndWarmUp(target: BenchTarget): Promise<void> {
  const { headers, body } = await fetchHit(target);
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  printLine(
    `  ${target.name}: ${headers.length} headers of ${bytes} bytes, a body of ${Buffer.byteLength(body)}`,
  );
  await measureThroughput(target, 3);
}

async function main(): Promise<void> {
  const wrk = await readVersion({ name: 'wrk', flag: '-v' });
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  printLine(`commit ${commit}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`);
  printLine(
    `${wrk} -t1 -c${CONNECTIONS}, closed loop; medians (minimum–maximum) of ${pairs} alternating pairs of ${seconds} s; one process each\n`,
  );
  const selected = COMPARISONS.filter(({ name }) => name.startsWith(options.only));
  let missed = 0;
  for (const comparison of selected) if (!(await compare(comparison))) missed += 1;
  printLine(`${selected.length - missed} met, ${missed} missed`);
  if (missed > 0 || selected.length === 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
