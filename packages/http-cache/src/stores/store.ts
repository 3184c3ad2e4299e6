import type { HeaderList } from '../headers.ts';
import { BACKGROUND_TIMEOUT_MS, withTimeout, type Sleep } from '../timers.ts';

/**
 * Where entries are kept. It may answer at once or by a promise, forget anything at any time, and fail: a store that
 * throws, does not answer within `maxWaitMs` or answers something else than an entry is a miss.
 */
export interface CacheStore {
  /** The longest body worth reading up to be stored, bytes; longer ones are passed on as they come. Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Milliseconds that a client waits for `get` before it is a miss, and for `delete` in a purge. Default 50. */
  readonly maxWaitMs?: number | undefined;
  get(key: string): CacheEntry | undefined | Promise<CacheEntry | undefined>;
  /**
   * Optional. Synchronous read. If present, `lookup` uses it, and `fetch` reads it again after `get` has resolved. It must not
   * return an older entry than `get`.
   */
  readonly getSync?: ((key: string) => CacheEntry | undefined) | undefined;
  /** Stores an entry in place of the one before it; an entry is plain data and is never changed later. */
  set(key: string, entry: CacheEntry): void | Promise<void>;
  delete(key: string): void | Promise<void>;
}

/** Milliseconds that a client waits for a store which does not set `maxWaitMs`. */
const DEFAULT_MAX_WAIT_MS = 50;

/** A store whose faults are misses, and whose entries are entries. */
export interface SafeStore {
  readonly hasSyncGet: boolean;
  readonly maxWaitMs: number;
  /** What is there at once; undefined from a store that cannot say. */
  getSync(key: string): CacheEntry | undefined;
  read(key: string): CacheEntry | undefined | Promise<CacheEntry | undefined>;
  /** Ends when the store is done, and never rejects; undefined where that was at once. No client waits for it. */
  write(key: string, entry: CacheEntry): Promise<void> | undefined;
  /** As `write`. */
  remove(key: string): Promise<void> | undefined;
}

/** Puts a store behind a guard, so that no fault of it is seen by a client. */
export function createSafeStore(store: CacheStore, sleep: Sleep): SafeStore {
  const { maxWaitMs = DEFAULT_MAX_WAIT_MS } = store;
  const run = <T>(work: () => T | Promise<T>, ms = maxWaitMs): T | undefined | Promise<T | undefined> => {
    try {
      const result = work();
      return isPromise(result) ? withTimeout(result, ms, sleep).catch(() => undefined) : result;
    } catch {
      return undefined;
    }
  };
  const change = (work: () => void | Promise<void>): Promise<void> | undefined => {
    const result = run(work, BACKGROUND_TIMEOUT_MS);
    return isPromise(result) ? result : undefined;
  };
  const read: SafeStore['read'] = (key) => {
    const found = run(() => store.get(key));
    return isPromise(found) ? found.then(checkEntry) : checkEntry(found);
  };
  return {
    hasSyncGet: store.getSync !== undefined,
    maxWaitMs,
    getSync: (key) => checkEntry(run(() => store.getSync?.(key))),
    read,
    write: (key, entry) => change(() => store.set(key, entry)),
    remove: (key) => change(() => store.delete(key)),
  };
}

function checkEntry(value: unknown): CacheEntry | undefined {
  return isCacheEntry(value) ? value : undefined;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** Bytes: `Uint8Array<ArrayBuffer>`, which TypeScript before 5.7 calls `Uint8Array`. */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;

/** A request header that an answer was chosen by, and the value it had; null where it was not sent. */
export type VaryHeader = readonly [name: string, value: string | null];

/** One answer as it is stored: parsed once, so that a hit parses none of it, but sees that it is one and compares times. Plain data, to be serialised. */
export interface StoredResponse {
  readonly status: number;
  /** What is sent, but for Age and Cache-Status, which are made for each request. */
  readonly headers: HeaderList;
  readonly body: Bytes | null;
  /** The Cache-Status members of the caches that it came through; empty for none. */
  readonly cacheStatus: string;
  /** When it came or was last validated, milliseconds of this cache's own clock. */
  readonly storedAt: number;
  /** How old it was then, seconds (RFC 9111 §4.2.3, corrected_initial_age). */
  readonly initialAge: number;
  /** Seconds for which it is fresh, counted from its origin (§4.2.1). */
  readonly lifetime: number;
  /** Seconds past freshness within which it may be served while it is refreshed (RFC 5861 §3); 0 for never. */
  readonly staleWhileRevalidate: number;
  /** Seconds past freshness within which it may be served instead of an error (RFC 5861 §4); 0 for never. */
  readonly staleIfError: number;
  readonly vary: readonly VaryHeader[];
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Everything stored under one key: the answers that Vary tells apart, the newest first; never empty. */
export interface CacheEntry {
  readonly variants: readonly StoredResponse[];
}

/** Whether a value from a store is an entry: a store may be shared with an older version, or answer garbage. */
export function isCacheEntry(value: unknown): value is CacheEntry {
  if (!isShape(value)) return false;
  const variants = value['variants'];
  return Array.isArray(variants) && variants.length > 0 && variants.every(isStoredAnswer);
}

function isStoredAnswer(value: unknown): value is StoredResponse {
  return (
    isShape(value) &&
    isStatus(value['status']) &&
    isPairs(value['headers'], isText) &&
    (value['body'] === null || value['body'] instanceof Uint8Array) &&
    isText(value['cacheStatus']) &&
    isNumber(value['storedAt']) &&
    isNumber(value['initialAge']) &&
    isNumber(value['lifetime']) &&
    isNumber(value['staleWhileRevalidate']) &&
    isNumber(value['staleIfError']) &&
    isPairs(value['vary'], isTextOrNull) &&
    isTextOrNull(value['etag']) &&
    isTextOrNull(value['lastModified'])
  );
}

function isShape(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** A Response can be made of 200 to 599 alone. */
function isStatus(value: unknown): boolean {
  return typeof value === 'number' && value >= 200 && value <= 599;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): boolean {
  return typeof value === 'string' || value === null;
}

function isPairs(value: unknown, isValue: (value: unknown) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair: unknown) => Array.isArray(pair) && isText(pair[0]) && isValue(pair[1]))
  );
}
