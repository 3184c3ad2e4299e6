// Runs on each runtime: reads a body of many chunks of one byte, and prints its length and memory.
import { argv, memoryUsage, stdout } from 'node:process';
import { readText } from '../../src/http/body.ts';

const before = bytesInUse();
const text = await readText(await fetch(String(argv[2])));
const after = bytesInUse();
stdout.write(JSON.stringify({ characters: text?.length, mebibytes: Math.round((after - before) / 2 ** 20) }));

/** Returns the memory of the process, or of its buffers if the system has not allocated them yet. */
function bytesInUse(): number {
  const { rss, external, arrayBuffers } = memoryUsage();
  return Math.max(rss, external, arrayBuffers);
}
