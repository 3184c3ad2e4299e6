import type { Figure } from '../measurement.ts';
import { THIS_RUNTIME } from '../measurement.ts';
import { runProgram } from '../program.ts';

const ALLOWED = 1.15;
const HEAP_MIB = 96;
/** Of the young generation, MiB: V8 gives it more than all of so small a heap, and then takes each collection for the last resort. */
const YOUNG_MIB = 8;

/** What `memory-fill.ts` writes; held bytes are beyond what the process held at its start. */
interface Filled {
  readonly keys: number;
  readonly maxBytes: number;
  readonly hotLost: number;
  readonly some: readonly number[];
  readonly none: readonly number[];
}

/** What an edge holds when distinct recordings and distinct SIDs that lead nowhere have gone through its store. */
export async function measureMemory(keys: number): Promise<readonly Figure[]> {
  const flags = ['--expose-gc', `--max-old-space-size=${HEAP_MIB}`, `--max-semi-space-size=${YOUNG_MIB}`];
  const text = await runProgram('perf/load/memory-fill.ts', flags, [String(keys)]);
  // Our own program wrote it.
  const { maxBytes, hotLost, some, none } = JSON.parse(text) as Filled;
  const peak = Math.max(...some, ...none);
  const growth = Math.max(growthOf(some), growthOf(none));
  const count = keys.toLocaleString('en');
  return [
    {
      name: 'memory bound',
      target: `≤ CACHE_MAX_BYTES + 15 %, a plateau, no hot key lost`,
      measured: `${mebibytes(peak)} at most, ${((peak / maxBytes) * 100).toFixed(0)} % of ${mebibytes(maxBytes)}; at the end ${mebibytes(none.at(-1) ?? 0)}; ${hotLost} hot keys lost`,
      isMet: peak <= maxBytes * ALLOWED && growth <= ALLOWED && hotLost === 0,
      runtime: THIS_RUNTIME.replace(
        'in process',
        `a process with --max-old-space-size=${HEAP_MIB} --max-semi-space-size=${YOUNG_MIB}`,
      ),
      method: `${count} distinct recordings, then ${count} distinct 404s, heap and array buffers after collection, ${some.length} samples each; per process or isolate`,
    },
  ];
}

/** What a filling grows by in its second half: a store that is full does not. */
function growthOf(samples: readonly number[]): number {
  return (samples.at(-1) ?? 0) / (samples[samples.length / 2] ?? 0);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
