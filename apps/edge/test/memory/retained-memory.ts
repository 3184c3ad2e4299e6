import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { isRoomSid } from '@room-recordings/core';
import { sleep } from '@room-recordings/http-cache';
import { NOW } from '@room-recordings/testing/fake-clock';
import type { RequestHandler } from '../../src/app.ts';
import { EnumerationLimiter } from '../../src/auth/enumeration-limiter.ts';
import { forbidden } from '../../src/auth/strategy.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import { createClientIdentifier } from '../../src/http/client-address.ts';
import type { FetchFunction } from '../../src/http/types.ts';
import { withTransferLimits } from '../../src/twilio/resilience/transfer-limits.ts';
import { createHelperTokens, signTokenTexts } from '../auth/helper-tokens.ts';
import { listNothing, PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

const SECRET = 'a-secret-of-32-letters-and-digits';
const VARIABLES = {
  RECORDINGS_SOURCE: 'archive',
  PUBLIC_URL,
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: SECRET,
  TWILIO_ACCOUNT_SID: 'AC1',
};

const CLIENTS = 32_768;
const TOKENS = 2_500;
/** The characters of a header before its client or token. */
const PADDING = 6_000;

/** Uses a cache once more, so that it is not garbage before the measurement ends. */
type RetainedCache = () => unknown;

function openApp(variables: Readonly<Record<string, string>>): RequestHandler {
  const settings = parseConfig({ ...VARIABLES, ...variables });
  const log = { wants: () => false, write() {} };
  const source = { read: async () => RECORDING, list: listNothing };
  return createEdge(settings, source, { now: () => NOW, logger: log }).app;
}

/** Sends a request with one header; throws unless the status is 200. */
async function send(app: RequestHandler, name: string, value: string): Promise<void> {
  const headers = { get: (header: string) => (header === name ? value : undefined) };
  const { status } = await app({ method: 'GET', url: PUBLIC_URL + PATH, headers });
  if (status !== 200) throw new Error(`The status is ${status}.`);
}

/** Concatenates a header as a parser does, so that it is one flat string. */
function makeHeader(first: string, last: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(first + last));
}

async function fillRateLimiter(): Promise<RetainedCache> {
  const app = openApp({ ACCESS: 'public', RATE_LIMIT: '60/60', CLIENT_IP_HEADER: 'X-Forwarded-For' });
  const forged = '203.0.113.1, '.repeat(PADDING / 13);
  for (let nth = 0; nth < CLIENTS; nth += 1) {
    const address = `203.${100 + (nth >> 14)}.${100 + ((nth >> 7) & 127)}.${100 + (nth & 127)}`;
    await send(app, 'x-forwarded-for', makeHeader(forged, address));
  }
  return () => app({ method: 'GET', url: PUBLIC_URL, headers: new Headers() });
}

async function fillTokenCache(): Promise<RetainedCache> {
  const app = openApp({ ACCESS: 'twilio-token' });
  const spaces = `Bearer${' '.repeat(PADDING)}`;
  for (let nth = 0; nth < TOKENS; nth += 1) {
    const [texts] = createHelperTokens({
      apiKey: 'SK1',
      account: 'AC1',
      room: ROOM_SID,
      seconds: NOW / 1000 - (nth % 3000),
    });
    if (texts === undefined) throw new Error('The helper has returned no token.');
    const payload = texts.payload.replace('"jti":"', `"jti":"${nth}-`);
    await send(app, 'authorization', makeHeader(spaces, await signTokenTexts({ ...texts, payload }, SECRET)));
  }
  return () => app({ method: 'GET', url: PUBLIC_URL, headers: new Headers() });
}

/** Stores the results of `createClientIdentifier`, as a rate limiter does. */
async function fillClientSet(): Promise<RetainedCache> {
  const identifyClient = createClientIdentifier('x-forwarded-for');
  const clients = new Set<string>();
  for (let nth = 0; nth < CLIENTS / 4; nth += 1) {
    const value = makeHeader(`${'x'.repeat(PADDING)},`, `client-number-${nth}`);
    clients.add(identifyClient({ method: 'GET', url: '/', headers: { get: () => value } }));
  }
  return () => clients.size;
}

const DENIED = forbidden('another room');

/** Denies each of a thousand tokens four rooms, whose SIDs are slices of a URL. */
async function fillEnumerationLimiter(): Promise<RetainedCache> {
  const limiter = new EnumerationLimiter({ now: () => NOW, sleep: () => new Promise(() => undefined) });
  const room = (nth: number) => {
    const sid = makeHeader('x'.repeat(PADDING), `RM${String(nth).padStart(32, '0')}`).slice(PADDING);
    if (!isRoomSid(sid)) throw new Error('The text is not a SID.');
    return sid;
  };
  for (let nth = 0; nth < 4_000; nth += 1) {
    await limiter.run(`a token of many ${nth % 1_000}`, room(nth), async () => DENIED);
  }
  return () => limiter.run('again', room(0), async () => DENIED);
}

/** Requests of which an edge caches a part. */
interface CacheFill {
  readonly name: string;
  /** The subject of a test title. */
  readonly requests: string;
  /** The limit in bytes of heap: about twice the size of the client names or tokens. */
  readonly maxBytes: number;
  /** Sends the requests. */
  readonly fill: () => Promise<RetainedCache>;
}

export const CACHE_FILLS: readonly CacheFill[] = [
  {
    name: 'clients',
    requests: `${CLIENTS} clients at the end of X-Forwarded-For headers of 6 kB`,
    maxBytes: 20_000_000,
    fill: fillRateLimiter,
  },
  {
    name: 'tokens',
    requests: `${TOKENS} tokens after 6,000 spaces each`,
    maxBytes: 14_000_000,
    fill: fillTokenCache,
  },
  {
    name: 'client names',
    requests: `${CLIENTS / 4} client names of X-Forwarded-For headers of 6 kB`,
    maxBytes: 10_000_000,
    fill: fillClientSet,
  },
  {
    name: 'denied rooms',
    requests: '4000 denied rooms whose SIDs are slices of 6 kB',
    maxBytes: 10_000_000,
    fill: fillEnumerationLimiter,
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
 * @param name the name of a cache fill.
 */
export async function measureRetained(name: string): Promise<number> {
  const heapUsed = await createHeapMeter();
  const fill = CACHE_FILLS.find((entry) => entry.name === name)?.fill;
  if (fill === undefined) throw new Error(`The cache fill ${name} does not exist.`);
  const before = heapUsed();
  const use = await fill();
  const bytes = heapUsed() - before;
  // This use after the measurement keeps the garbage collector from freeing the memory before it.
  await use();
  return bytes;
}

/** The number of chunks that `measureChunks` reads. */
export const CHUNKS = 30_000;

/**
 * Reads a body of 30,000 chunks of one byte over a real socket, with the transfer limits of Twilio responses.
 *
 * @returns the greatest growth of the process in bytes during the read.
 */
export async function measureChunks(): Promise<number> {
  const server = createServer((_request, response) => {
    for (let nth = 0; nth < CHUNKS; nth += 1) response.write(nth % 2 === 0 ? '7' : ' ');
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  const { rss } = process.memoryUsage();
  let [peak, reads] = [rss, 0];
  const fetchCounted: FetchFunction = async (url, init) => {
    const response = await fetch(url, init);
    if (response.body === null) throw new Error('The response has no body.');
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          reads += 1;
          if (reads % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss);
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(counted);
  };
  const response = await withTransferLimits(fetchCounted, sleep)(`http://127.0.0.1:${port}/`, {});
  const text = await response.text();
  peak = Math.max(peak, process.memoryUsage().rss);
  server.close();
  if (text.length !== CHUNKS) throw new Error(`The body has ${text.length} characters.`);
  return peak - rss;
}
