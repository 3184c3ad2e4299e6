import {
  createHttpCache,
  memoryStore,
  type CacheStore,
  type Sleep,
  type HttpCache,
  type HttpCacheOptions,
} from '../../src/index.ts';

/** When every world begins, milliseconds. */
export const START: number = Date.UTC(2026, 0, 1);

/** An HTTP-date so many seconds after the beginning. */
export function dateAt(seconds: number): string {
  return new Date(START + seconds * 1000).toUTCString();
}

type Lines = Readonly<Record<string, string | readonly string[]>>;

/** An answer of the origin; a list of values is as many lines. */
export function reply(headers: Lines = {}, body: BodyInit | null = 'hello', status = 200): Response {
  const lines = new Headers();
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) lines.append(name, value);
  }
  // As bytes: of a text each runtime makes a Content-Type of its own.
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return new Response([204, 304].includes(status) ? null : bytes, { status, headers: lines });
}

/** An answer that is fresh for a minute. */
export function fresh(headers: Lines = {}, body: BodyInit | null = 'hello', status = 200): Response {
  return reply({ 'cache-control': 'max-age=60', ...headers }, body, status);
}

/** What the origin answers: the nth request counts from 1. */
export type Origin = (request: Request, nth: number) => Response | Promise<Response>;

/** A timer that goes off when it is told to. */
interface Timer {
  readonly ms: number;
  readonly signal: AbortSignal;
  readonly fire: () => void;
}

/** A cache with everything around it: no clock, timer or network of the runtime is used. */
export interface World {
  readonly cache: HttpCache;
  readonly store: CacheStore;
  /** What has gone to the origin. */
  readonly sent: Request[];
  readonly timers: Timer[];
  /** What `waitUntil` was given. */
  readonly background: Promise<unknown>[];
  readonly sleep: Sleep;
  /** Lets seconds pass. */
  pass(seconds: number): void;
  now(): number;
  /** Lets the origin answer something else from now on. */
  answer(origin: Origin): void;
  get(path?: string, headers?: Record<string, string>, method?: string): Promise<Response>;
  /** Waits for all that runs in the background. */
  settle(): Promise<void>;
}

export function makeWorld(origin: Origin, options: Partial<HttpCacheOptions> = {}): World {
  let now = START;
  let current = origin;
  const sent: Request[] = [];
  const timers: Timer[] = [];
  const background: Promise<unknown>[] = [];
  const sleep: Sleep = (ms, signal) => new Promise((fire) => timers.push({ ms, signal, fire }));
  const store = options.store ?? memoryStore({ maxBytes: 2 ** 20 });
  const cache = createHttpCache({
    fetch: async (request) => {
      sent.push(request);
      return current(request, sent.length);
    },
    clock: { now: () => now, sleep },
    waitUntil: (work) => void background.push(work),
    ...options,
    store,
  });
  return {
    cache,
    store,
    sent,
    timers,
    background,
    sleep,
    pass: (seconds) => {
      now += seconds * 1000;
    },
    now: () => now,
    answer: (origin) => {
      current = origin;
    },
    get: (path = '/', headers = {}, method = 'GET') =>
      cache.fetch(new Request(`https://origin.test${path}`, { headers, method })),
    settle: async () => {
      while (background.length > 0) await background.shift();
      await turn();
    },
  };
}

/** Lets everything that is ready run: a chain of promises, and one turn of the event loop, which bodies take on workerd. */
export async function turn(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
}

/** This cache's own member of Cache-Status, which is the last. */
export function statusOf(response: Response): string {
  return response.headers.get('cache-status')?.split(', ').at(-1) ?? '';
}

/** Something that is waited for until it is opened. */
export function barrier<T = void>(): { readonly wait: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const wait = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}
