import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseConfig } from '../../src/config/config.ts';
import { startInProcess } from './in-process.ts';
import { plainSource } from './plain-source.ts';
import { pathOf } from './recordings.ts';

// Fills the edge's own store with distinct recordings and then with as many SIDs that lead nowhere, while a few keys stay in
// use, and writes what this process held as one line of JSON. Run with `--expose-gc --max-old-space-size=96`.
const KEYS = Number(process.argv[2] ?? 1_000_000);
const HOT = 50;
/** Requests at a time, and how often a hot key comes between them. */
const AT_A_TIME = 50;
const SAMPLES = 10;
/** Recordings; then as many that are not there. */
const NOWHERE = 2 ** 32;

const source = plainSource((digits) => Number.parseInt(digits, 16) >= NOWHERE);
const edge = startInProcess({ source });
const before = await measure();
const samples = { some: await fill(0), none: await fill(NOWHERE) };
const { cacheMaxBytes } = parseConfig({});
process.stdout.write(
  `${JSON.stringify({ keys: KEYS, maxBytes: cacheMaxBytes, hotLost: await countLost(), ...samples })}\n`,
);

/** What is held beyond the start, in bytes, at equal distances while keys from the first one on are asked for. */
async function fill(first: number): Promise<readonly number[]> {
  const held: number[] = [];
  for (let nth = 0; nth < KEYS; nth += AT_A_TIME) {
    const asked = Array.from({ length: AT_A_TIME }, async (_, place) =>
      edge.ask(pathOf(HOT + first + nth + place)),
    );
    await Promise.all(asked);
    await edge.ask(pathOf((nth / AT_A_TIME) % HOT));
    // As requests that come over sockets do: what the runtime clears up after its own objects waits for such a turn.
    await nextTurn();
    if ((nth + AT_A_TIME) % (KEYS / SAMPLES) === 0) held.push((await measure()) - before);
  }
  return held;
}

/** How many of the keys that stayed in use have to be read again. */
async function countLost(): Promise<number> {
  const reads = source.reads();
  for (let nth = 0; nth < HOT; nth += 1) await edge.ask(pathOf(nth));
  return source.reads() - reads;
}

/** Bytes of the heap and of array buffers, after the collector has been round. */
async function measure(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
