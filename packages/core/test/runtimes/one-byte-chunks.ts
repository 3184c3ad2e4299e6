// Runs on each runtime: reads a body that comes in many chunks of one byte, and prints what it cost.
import { argv, memoryUsage, stdout } from 'node:process';
import { readText } from '../../src/http/body.ts';

const before = bytesInUse();
const text = await readText(await fetch(String(argv[2])));
const after = bytesInUse();
stdout.write(JSON.stringify({ characters: text?.length, mebibytes: Math.round((after - before) / 2 ** 20) }));

/** All of it at once: what the system gave, or what buffers have been promised and have not yet touched. */
function bytesInUse(): number {
  const { rss, external, arrayBuffers } = memoryUsage();
  return Math.max(rss, external, arrayBuffers);
}
