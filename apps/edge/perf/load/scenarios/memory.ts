import type { Measurement } from '../measurement.ts';
import { THIS_RUNTIME } from '../measurement.ts';
import { runProgram } from '../program.ts';

const MAX_RATIO = 1.15;
const HEAP_MIB = 96;
/** MiB. By default V8 makes the young generation larger than such a small heap, and then treats each collection as the last resort. */
const YOUNG_GENERATION_MIB = 8;

/** The output of `memory-fill.ts`. Memory use is in bytes, without that at the start of the process. */
interface FillResult {
  readonly keys: number;
  readonly maxBytes: number;
  readonly hotLost: number;
  readonly some: readonly number[];
  readonly none: readonly number[];
}

/** Measures the memory use of an edge after reads of distinct recordings and of distinct unknown SIDs. */
export async function measureMemory(keys: number): Promise<readonly Measurement[]> {
  const flags = [
    '--expose-gc',
    `--max-old-space-size=${HEAP_MIB}`,
    `--max-semi-space-size=${YOUNG_GENERATION_MIB}`,
  ];
  const text = await runProgram('perf/load/memory-fill.ts', flags, [String(keys)]);
  // The text is the output of `memory-fill.ts`.
  const { maxBytes, hotLost, some, none } = JSON.parse(text) as FillResult;
  const peak = Math.max(...some, ...none);
  const growth = Math.max(computeGrowth(some), computeGrowth(none));
  const count = keys.toLocaleString('en');
  return [
    {
      name: 'memory bound',
      target: `≤ CACHE_MAX_BYTES + 15 %, a plateau, no hot key lost`,
      measured: `${formatMebibytes(peak)} maximum, ${((peak / maxBytes) * 100).toFixed(0)} % of ${formatMebibytes(maxBytes)}; at the end ${formatMebibytes(none.at(-1) ?? 0)}; ${hotLost} hot keys lost`,
      isMet: peak <= maxBytes * MAX_RATIO && growth <= MAX_RATIO && hotLost === 0,
      runtime: THIS_RUNTIME.replace(
        'in process',
        `a process with --max-old-space-size=${HEAP_MIB} --max-semi-space-size=${YOUNG_GENERATION_MIB}`,
      ),
      method: `${count} distinct recordings, then ${count} distinct 404s, heap and array buffers after collection, ${some.length} samples each; per process or isolate`,
    },
  ];
}

/** Computes the growth of memory in the second half of the samples. A full store does not grow. */
function computeGrowth(samples: readonly number[]): number {
  return (samples.at(-1) ?? 0) / (samples[samples.length / 2] ?? 0);
}

function formatMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
