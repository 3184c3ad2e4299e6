import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { startInProcess, type InProcessEdge } from '../in-process.ts';
import { plainSource, type PlainSource } from '../plain-source.ts';
import { pathOf } from '../recordings.ts';
import { createRandom } from '@room-recordings/testing/random';
import { Lru, zipf } from '../trace.ts';

const SEED = 42;
/** The first digit of a SID that leads nowhere. */
const NOWHERE = 'f';
/** Scanned SIDs that are asked for at a time. */
const AT_A_TIME = 50;

/** How large the measurement is. */
export interface HitRatioSize {
  readonly keys: number;
  /** Recordings that the store holds. */
  readonly room: number;
  readonly requests: number;
  /** SIDs of the scan. */
  readonly scanned: number;
}

/** The design's size, with a scan as long as it is said there or a fifth of it. */
export function scaleOf(isFull: boolean): HitRatioSize {
  return { keys: 100_000, room: 10_000, requests: 250_000, scanned: isFull ? 1_000_000 : 200_000 };
}

/** The share of hits of a store that holds a part of what is asked for, beside an LRU of its size, and during a scan. */
export async function measureHitRatio(size: HitRatioSize): Promise<readonly Figure[]> {
  const bytes = await findBytes(size.room);
  const room = await countHeld(bytes, size.room * 2);
  const alone = await replay(size, bytes, 0);
  const scanned = await replay(size, bytes, size.scanned);
  const lru = replayLru(size, room);
  const loss = (alone.ratio - scanned.ratio) * 100;
  const text = (each: number) => each.toLocaleString('en');
  return [
    {
      name: 'hit ratio',
      target: '≥ an LRU of its size',
      measured: `${percent(alone.ratio)}, LRU ${percent(lru)}`,
      isMet: alone.ratio >= lru,
      runtime: FAKE_CLOCK,
      method: `Zipf(1.0), ${text(size.keys)} keys, room for ${text(room)} of them (CACHE_MAX_BYTES=${bytes}), ${text(size.requests)} requests of one trace, seed ${SEED}, closed loop; per process or isolate`,
    },
    {
      name: 'hit ratio during a scan',
      target: '< 5 points less',
      measured: `${percent(scanned.ratio)}, ${loss.toFixed(2)} points less`,
      isMet: loss < 5,
      runtime: FAKE_CLOCK,
      method: `the same trace between ${text(scanned.scanned)} random SIDs that lead nowhere and that no cap held back`,
    },
  ];
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}

/** An edge whose store holds so many bytes, and its source. */
function startWith(bytes: number): { readonly edge: InProcessEdge; readonly source: PlainSource } {
  const source = plainSource((digits) => digits.startsWith(NOWHERE));
  return { edge: startInProcess({ source, variables: { CACHE_MAX_BYTES: String(bytes) } }), source };
}

/** How many of so many recordings are still there when all were read. */
async function countHeld(bytes: number, keys: number): Promise<number> {
  const { edge, source } = startWith(bytes);
  for (let nth = 0; nth < keys; nth += 1) await edge.ask(pathOf(nth));
  // From the last one back, so that none of those that are there is pushed out before it is counted.
  for (let nth = keys - 1; nth >= 0; nth -= 1) {
    await edge.ask(pathOf(nth));
    if (source.reads() > keys) return keys - 1 - nth;
  }
  return keys;
}

/** The setting with which a store holds about so many recordings. */
async function findBytes(room: number): Promise<number> {
  const tried = 2 ** 20;
  return Math.round((tried * room) / (await countHeld(tried, 2_000)));
}

async function replay(
  { keys, requests }: HitRatioSize,
  bytes: number,
  scan: number,
): Promise<{ readonly ratio: number; readonly scanned: number }> {
  const { edge } = startWith(bytes);
  const draw = zipf(keys, createRandom(SEED));
  const random = createRandom(SEED + 1);
  let hits = 0;
  let scanned = 0;
  for (let nth = 0; nth < requests; nth += 1) {
    const reply = edge.ask(pathOf(draw()));
    // Only what is there comes at once.
    if (reply instanceof Promise) await reply;
    else hits += 1;
    while ((nth + 1) * scan >= (scanned + AT_A_TIME) * requests) {
      const lost = Array.from({ length: AT_A_TIME }, async () => edge.ask(pathNowhere(random)));
      await Promise.all(lost);
      scanned += AT_A_TIME;
    }
  }
  return { ratio: hits / requests, scanned };
}

function pathNowhere(random: () => number): string {
  const path = pathOf(Math.floor(random() * 2 ** 48));
  return `${path.slice(0, -32)}${NOWHERE}${path.slice(-31)}`;
}

function replayLru({ keys, requests }: HitRatioSize, room: number): number {
  const draw = zipf(keys, createRandom(SEED));
  const lru = new Lru(room);
  let hits = 0;
  for (let nth = 0; nth < requests; nth += 1) if (lru.use(draw())) hits += 1;
  return hits / requests;
}
