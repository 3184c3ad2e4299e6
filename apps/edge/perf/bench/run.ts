// Throughput of a hit beside what else could serve it, in pairs that take turns; fails where a target is missed.
// `node --conditions=source perf/bench/run.ts [--only bun|workerd|node|token] [--pairs 7] [--seconds 3]`
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { describeRuns, median } from '../load/statistics.ts';
import { COMPARISONS } from './comparisons.ts';
import { fetchHit, type Comparison, type Contender } from './target.ts';
import { CONNECTIONS, countAnswers, versionOf } from './wrk.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    pairs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
  },
});
const pairs = Number(options.pairs);
const seconds = Number(options.seconds);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Measures one pair after the other, and says whether the median of their ratios is what it is to be. */
async function compare({ name, target, start }: Comparison): Promise<boolean> {
  const [edge, peer] = await start();
  try {
    say(name);
    for (const contender of [edge, peer]) await introduce(contender);
    const counts: Readonly<Record<'edge' | 'peer', number[]>> = { edge: [], peer: [] };
    for (let pair = 0; pair < pairs; pair += 1) {
      // Each comes first as often as second, so that nothing is won by the order.
      const turns = pair % 2 === 0 ? (['edge', 'peer'] as const) : (['peer', 'edge'] as const);
      for (const turn of turns) {
        counts[turn].push(await countAnswers(turn === 'edge' ? edge : peer, seconds));
      }
    }
    const ratios = counts.edge.map((count, pair) => count / (counts.peer[pair] ?? Number.NaN));
    const isMet = median(ratios) >= target;
    say(`  edge   ${describeRuns(counts.edge, 'answers/s', 0)}`);
    say(`  peer   ${describeRuns(counts.peer, 'answers/s', 0)}`);
    say(`  ratio  ${describeRuns(ratios, '×', 3)}, target ≥ ${target}: ${isMet ? 'ok' : 'NOT'}\n`);
    return isMet;
  } finally {
    await peer.stop();
    await edge.stop();
  }
}

/** Says what it sends, and lets it run until it is warm. */
async function introduce(contender: Contender): Promise<void> {
  const { headers, body } = await fetchHit(contender);
  const bytes = headers.reduce((sum, [field, value]) => sum + field.length + value.length + 4, 0);
  say(
    `  ${contender.name}: ${headers.length} headers of ${bytes} bytes, a body of ${Buffer.byteLength(body)}`,
  );
  await countAnswers(contender, 3);
}

async function main(): Promise<void> {
  const wrk = await versionOf({ name: 'wrk', flag: '-v' });
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  say(`commit ${commit}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`);
  say(
    `${wrk} -t1 -c${CONNECTIONS}, closed loop; medians (least–most) of ${pairs} pairs of ${seconds} s in turn; one process each\n`,
  );
  const wanted = COMPARISONS.filter(({ name }) => name.startsWith(options.only));
  let missed = 0;
  for (const comparison of wanted) if (!(await compare(comparison))) missed += 1;
  say(`${wanted.length - missed} met, ${missed} missed`);
  if (missed > 0 || wanted.length === 0) process.exitCode = 1;
}

try {
  await main();
} catch (fault) {
  process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exitCode = 1;
}
