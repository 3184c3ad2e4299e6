import process from 'node:process';
import { measureChunks } from './chunks.ts';
import { measureKept } from './kept.ts';

/** What Bun has in `bun:jsc`: its `process.memoryUsage()` does not count strings. */
interface BunStatistics {
  fullGC(): void;
  heapStats(): { readonly heapSize: number; readonly extraMemorySize: number };
}

async function openHeap(): Promise<() => number> {
  if ('Bun' in globalThis) {
    // Named by a variable, because the module exists on Bun alone.
    const name = 'bun:jsc';
    const { fullGC, heapStats } = (await import(name)) as BunStatistics;
    return () => {
      for (let round = 0; round < 3; round += 1) fullGC();
      const { heapSize, extraMemorySize } = heapStats();
      return heapSize + extraMemorySize;
    };
  }
  // Of a V8 that was started with `--expose-gc`.
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined) throw new Error('Start the runtime with --expose-gc.');
  return () => {
    for (let round = 0; round < 3; round += 1) gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
}

/** A process for each keeper, so that nothing which one of them leaves behind counts for another. */
const [name = ''] = process.argv.slice(2);
const kept = name === 'chunks' ? await measureChunks() : await measureKept(name, await openHeap());
process.stdout.write(`${kept}\n`, () => process.exit(0));
