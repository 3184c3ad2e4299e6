import {
  createHttpCache,
  memoryStore,
  type CacheStore,
  type Sleep,
  type HttpCache,
  type HttpCacheOptions,
} from '../../src/index.ts';

/** The time at which each harness starts, milliseconds since 1970. */
export const START: number = Date.UTC(2026, 0, 1);

/** Formats an HTTP-date a number of seconds after the start. */
export function httpDate(seconds: number): string {
  return new Date(START + seconds * 1000).toUTCString();
}

type HeaderLines = Readonly<Record<string, string | readonly string[]>>;

/** Creates a response of the origin. A list of values becomes as many header lines. */
export function reply(headers: HeaderLines = {}, body: BodyInit | null = 'hello', status = 200): Response {
  const lines = new Headers();
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) lines.append(name, value);
  }
  // The body is bytes, because each runtime adds a Content-Type of its own to text.
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return new Response([204, 304].includes(status) ? null : bytes, { status, headers: lines });
}

/** Creates a response that is fresh for a minute. */
export function fresh(headers: HeaderLines = {}, body: BodyInit | null = 'hello', status = 200): Response {
  return reply({ 'cache-control': 'max-age=60', ...headers }, body, status);
}

/** Responds to the requests of the cache. `count` is 1 for the first request. */
export type Origin = (request: Request, count: number) => Response | Promise<Response>;

/** A timer that a test fires. */
interface Timer {
  readonly ms: number;
  readonly signal: AbortSignal;
  readonly fire: () => void;
}

/** A cache with a fake origin, clock and timers. It uses no clock, timer or network of the runtime. */
export interface Harness {
  readonly cache: HttpCache;
  readonly store: CacheStore;
  /** The requests that the origin has received. */
  readonly originRequests: Request[];
  readonly timers: Timer[];
  /** The promises passed to `waitUntil`. */
  readonly background: Promise<unknown>[];
  /** Moves the clock by a number of seconds. */
  advance(seconds: number): void;
  now(): number;
  /** Replaces the origin. */
  setOrigin(origin: Origin): void;
  get(path?: string, headers?: Record<string, string>, method?: string): Promise<Response>;
  /** Waits for all work in the background. */
  settle(): Promise<void>;
}

/** Creates a harness. */
export function createHarness(origin: Origin, options: Partial<HttpCacheOptions> = {}): Harness {
  let now = START;
  let current = origin;
  const originRequests: Request[] = [];
  const timers: Timer[] = [];
  const background: Promise<unknown>[] = [];
  const sleep: Sleep = (ms, signal) => new Promise((fire) => timers.push({ ms, signal, fire }));
  const store = options.store ?? memoryStore({ maxBytes: 2 ** 20 });
  const cache = createHttpCache({
    fetch: async (request) => {
      originRequests.push(request);
      return current(request, originRequests.length);
    },
    clock: { now: () => now, sleep },
    waitUntil: (work) => void background.push(work),
    ...options,
    store,
  });
  return {
    cache,
    store,
    originRequests,
    timers,
    background,
    advance: (seconds) => {
      now += seconds * 1000;
    },
    now: () => now,
    setOrigin: (origin) => {
      current = origin;
    },
    get: (path = '/', headers = {}, method = 'GET') =>
      cache.fetch(new Request(`https://origin.test${path}`, { headers, method })),
    settle: async () => {
      while (background.length > 0) await background.shift();
      await flush();
    },
  };
}

/** Runs all work that is ready: a chain of promises, and one turn of the event loop, which bodies need on workerd. */
export async function flush(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
}

/** Returns the member of this cache in Cache-Status, which is the last one. */
export function cacheStatus(response: Response): string {
  return response.headers.get('cache-status')?.split(', ').at(-1) ?? '';
}

/** Creates a promise that a test resolves. */
export function barrier<T = void>(): { readonly wait: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const wait = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}
