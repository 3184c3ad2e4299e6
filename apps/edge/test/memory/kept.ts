import process from 'node:process';
import { isRoomSid } from '@room-recordings/core';
import { EnumerationLimiter } from '../../src/auth/enumeration-limiter.ts';
import { forbidden } from '../../src/auth/strategy.ts';
import type { RequestHandler } from '../../src/app.ts';
import { createClientIdentifier } from '../../src/http/client-address.ts';
import { createEdge } from '../../src/create-edge.ts';
import { parseConfig } from '../../src/config/config.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createHelperTokens, signTokenTexts } from '../auth/helper-tokens.ts';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

const SECRET = 'a-secret-of-32-letters-and-digits';
const VARIABLES = {
  RECORDINGS_SOURCE: 'archive',
  PUBLIC_URL,
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: SECRET,
  TWILIO_ACCOUNT_SID: 'AC1',
};

const CALLERS = 32_768;
const TOKENS = 2_500;
/** Characters of a header beside the name or the token that it ends with: with them it has about 6 kB. */
const PADDING = 6_000;

/** Something that remembers, behind one more use of it. */
type Kept = () => unknown;

function openApp(variables: Readonly<Record<string, string>>): RequestHandler {
  const settings = parseConfig({ ...VARIABLES, ...variables });
  const log = { wants: () => false, write() {} };
  return createEdge(settings, { read: async () => RECORDING }, { now: () => NOW, logger: log }).app;
}

/** Sends a request with one header, and throws unless it is answered with 200. */
async function send(app: RequestHandler, name: string, value: string): Promise<void> {
  const headers = { get: (asked: string) => (asked === name ? value : undefined) };
  const { status } = await app({ method: 'GET', url: PUBLIC_URL + PATH, headers });
  if (status !== 200) throw new Error(`The answer is ${status}.`);
}

/** Joins and flattens a header in the way in which a parser does, so that it is one string of its own. */
function makeHeader(first: string, last: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(first + last));
}

async function keepCallers(): Promise<Kept> {
  const app = openApp({ ACCESS: 'public', RATE_LIMIT: '60/60', CLIENT_IP_HEADER: 'X-Forwarded-For' });
  const forged = '203.0.113.1, '.repeat(PADDING / 13);
  for (let nth = 0; nth < CALLERS; nth += 1) {
    const address = `203.${100 + (nth >> 14)}.${100 + ((nth >> 7) & 127)}.${100 + (nth & 127)}`;
    await send(app, 'x-forwarded-for', makeHeader(forged, address));
  }
  return () => app({ method: 'GET', url: PUBLIC_URL, headers: new Headers() });
}

async function keepTokens(): Promise<Kept> {
  const app = openApp({ ACCESS: 'twilio-token' });
  const spaces = `Bearer${' '.repeat(PADDING)}`;
  for (let nth = 0; nth < TOKENS; nth += 1) {
    const [texts] = createHelperTokens({
      apiKey: 'SK1',
      account: 'AC1',
      room: ROOM_SID,
      seconds: NOW / 1000 - (nth % 3000),
    });
    if (texts === undefined) throw new Error('There are texts.');
    const payload = texts.payload.replace('"jti":"', `"jti":"${nth}-`);
    await send(app, 'authorization', makeHeader(spaces, await signTokenTexts({ ...texts, payload }, SECRET)));
  }
  return () => app({ method: 'GET', url: PUBLIC_URL, headers: new Headers() });
}

/** Keeps what `callersBy` returns, as a limit does. */
async function keepNamed(): Promise<Kept> {
  const callerOf = createClientIdentifier('x-forwarded-for');
  const callers = new Set<string>();
  for (let nth = 0; nth < CALLERS / 4; nth += 1) {
    const value = makeHeader(`${'x'.repeat(PADDING)},`, `caller-number-${nth}`);
    callers.add(callerOf({ method: 'GET', url: '/', headers: { get: () => value } }));
  }
  return () => callers.size;
}

const REFUSED = forbidden('another room');

/** Refuses each of a thousand tokens four rooms, whose SIDs are slices of a URL. */
async function keepRefusals(): Promise<Kept> {
  const budget = new EnumerationLimiter({ now: () => NOW, sleep: () => new Promise(() => undefined) });
  const room = (nth: number) => {
    const sid = makeHeader('x'.repeat(PADDING), `RM${String(nth).padStart(32, '0')}`).slice(PADDING);
    if (!isRoomSid(sid)) throw new Error('It is a SID.');
    return sid;
  };
  for (let nth = 0; nth < 4_000; nth += 1) {
    await budget.run(`a token of many ${nth % 1_000}`, room(nth), async () => REFUSED);
  }
  return () => budget.run('again', room(0), async () => REFUSED);
}

/** A kind of request, of which an edge remembers something. */
interface Keeper {
  readonly name: string;
  readonly sent: string;
  /** The limit in bytes of heap: about twice the size of the names or tokens themselves. */
  readonly maxBytes: number;
  /** Sends the requests, and returns what remembers them. */
  readonly keep: () => Promise<Kept>;
}

export const KEEPERS: readonly Keeper[] = [
  {
    name: 'callers',
    sent: `${CALLERS} callers, each at the end of an X-Forwarded-For of 6 kB,`,
    maxBytes: 20_000_000,
    keep: keepCallers,
  },
  {
    name: 'tokens',
    sent: `${TOKENS} tokens, each behind 6,000 spaces,`,
    maxBytes: 14_000_000,
    keep: keepTokens,
  },
  {
    name: 'named',
    sent: `${CALLERS / 4} values of X-Forwarded-For of 6 kB, whose callers are kept,`,
    maxBytes: 10_000_000,
    keep: keepNamed,
  },
  {
    name: 'refusals',
    sent: '4000 rooms that tokens are refused, each SID a slice of 6 kB,',
    maxBytes: 10_000_000,
    keep: keepRefusals,
  },
];

/** The part of Bun's `bun:jsc` that measures the heap: its `process.memoryUsage()` does not count strings. */
interface BunStatistics {
  fullGC(): void;
  heapStats(): { readonly heapSize: number; readonly extraMemorySize: number };
}

/** Returns a function that collects garbage and returns the bytes of heap in use. */
async function createHeapMeter(): Promise<() => number> {
  if ('Bun' in globalThis) {
    // The name is a variable because the module exists on Bun alone.
    const name = 'bun:jsc';
    const { fullGC, heapStats } = (await import(name)) as BunStatistics;
    return () => {
      for (let round = 0; round < 3; round += 1) fullGC();
      const { heapSize, extraMemorySize } = heapStats();
      return heapSize + extraMemorySize;
    };
  }
  // V8 has this function if it was started with `--expose-gc`.
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined) throw new Error('Start the runtime with --expose-gc.');
  return () => {
    for (let round = 0; round < 3; round += 1) gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
}

/**
 * Measures the bytes of heap that an edge retains.
 *
 * @param name the name of a keeper.
 */
export async function measureKept(name: string): Promise<number> {
  const heapUsed = await createHeapMeter();
  const keep = KEEPERS.find((keeper) => keeper.name === name)?.keep;
  if (keep === undefined) throw new Error(`The keeper ${name} does not exist.`);
  const before = heapUsed();
  const use = await keep();
  const bytes = heapUsed() - before;
  // This use after the measurement keeps the garbage collector from freeing the memory before it.
  await use();
  return bytes;
}
