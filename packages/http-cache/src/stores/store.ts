import type { HeaderList } from '../headers.ts';
import { BACKGROUND_TIMEOUT_MS, withTimeout, type Sleep } from '../timers.ts';

/**
 * Stores entries by key. A store may return values or promises, and may drop an entry at any time. If it throws, returns something
 * other than an entry, or takes longer than `maxWaitMs`, the cache treats that as a miss.
 */
export interface CacheStore {
  /** The largest body to store, bytes. The cache forwards a longer one without buffering it. Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** How long a request waits for `get`, and a purge for `delete`, milliseconds. Default 50. */
  readonly maxWaitMs?: number | undefined;
  /** Returns the entry of a key; undefined if the key is unknown. */
  get(key: string): CacheEntry | undefined | Promise<CacheEntry | undefined>;
  /**
   * Optional. Synchronous read, which must not return an older entry than `get`. If present, `lookup` uses it, and `fetch` reads it
   * again after it has awaited `get`.
   */
  readonly getSync?: ((key: string) => CacheEntry | undefined) | undefined;
  /** Stores an entry, which replaces the previous one. An entry is plain data and is never modified. */
  set(key: string, entry: CacheEntry): void | Promise<void>;
  /** Deletes the entry of a key. */
  delete(key: string): void | Promise<void>;
}

/** Bytes: `Uint8Array<ArrayBuffer>`, which TypeScript before 5.7 calls `Uint8Array`. */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;

/** A request header named by Vary, and its value in the request that caused the response; null if it was not sent. */
export type VaryHeader = readonly [name: string, value: string | null];

/**
 * A stored response: plain data, which can be serialized. Headers are parsed when it is stored; a hit only checks the shape and
 * compares timestamps.
 */
export interface StoredResponse {
  readonly status: number;
  /** The headers, without Age and Cache-Status, which the cache adds to each response. */
  readonly headers: HeaderList;
  readonly body: Bytes | null;
  /** The Cache-Status members of the caches between the origin and this one; empty without such caches. */
  readonly cacheStatus: string;
  /** The time at which it arrived or was last validated, by the clock of this cache, milliseconds since 1970. */
  readonly storedAt: number;
  /** Its age at that time, seconds (RFC 9111 §4.2.3, corrected_initial_age). */
  readonly initialAge: number;
  /** The age until which it is fresh, seconds (RFC 9111 §4.2.1). */
  readonly lifetime: number;
  /** Seconds after `lifetime` in which it may be served during a revalidation (RFC 5861 §3); 0 for never. */
  readonly staleWhileRevalidate: number;
  /** Seconds after `lifetime` in which it may be served in place of an error (RFC 5861 §4); 0 for never. */
  readonly staleIfError: number;
  readonly vary: readonly VaryHeader[];
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** The stored responses of one key: the variants that Vary distinguishes, newest first. It is never empty. */
export interface CacheEntry {
  readonly variants: readonly StoredResponse[];
}

/** Default of `CacheStore.maxWaitMs`. */
const STORE_TIMEOUT_MS = 50;

/** A store whose errors are misses, and which returns only valid entries. */
export interface SafeStore {
  readonly hasSyncGet: boolean;
  readonly maxWaitMs: number;
  /** Returns the entry synchronously; undefined if the store has no `getSync`. */
  getSync(key: string): CacheEntry | undefined;
  get(key: string): CacheEntry | undefined | Promise<CacheEntry | undefined>;
  /** Resolves when the store has finished, and never rejects; undefined if it has finished already. No request waits for it. */
  set(key: string, entry: CacheEntry): Promise<void> | undefined;
  /** As `set`. */
  delete(key: string): Promise<void> | undefined;
}

/** Wraps a store so that its errors never reach a client. */
export function createSafeStore(store: CacheStore, sleep: Sleep): SafeStore {
  const { maxWaitMs = STORE_TIMEOUT_MS } = store;
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
  return {
    hasSyncGet: store.getSync !== undefined,
    maxWaitMs,
    getSync: (key) => checkEntry(run(() => store.getSync?.(key))),
    get(key) {
      const found = run(() => store.get(key));
      return isPromise(found) ? found.then(checkEntry) : checkEntry(found);
    },
    set: (key, entry) => change(() => store.set(key, entry)),
    delete: (key) => change(() => store.delete(key)),
  };
}

function checkEntry(value: unknown): CacheEntry | undefined {
  return isCacheEntry(value) ? value : undefined;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** Returns whether a value from a store is an entry. The store may contain data of an older version, or invalid data. */
export function isCacheEntry(value: unknown): value is CacheEntry {
  if (!isRecord(value)) return false;
  const variants = value['variants'];
  return Array.isArray(variants) && variants.length > 0 && variants.every(isStoredResponse);
}

function isStoredResponse(value: unknown): value is StoredResponse {
  return (
    isRecord(value) &&
    isStatus(value['status']) &&
    isPairs(value['headers'], isString) &&
    (value['body'] === null || value['body'] instanceof Uint8Array) &&
    isString(value['cacheStatus']) &&
    isNumber(value['storedAt']) &&
    isNumber(value['initialAge']) &&
    isNumber(value['lifetime']) &&
    isNumber(value['staleWhileRevalidate']) &&
    isNumber(value['staleIfError']) &&
    isPairs(value['vary'], isStringOrNull) &&
    isStringOrNull(value['etag']) &&
    isStringOrNull(value['lastModified'])
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The constructor of Response accepts only 200 to 599. */
function isStatus(value: unknown): boolean {
  return typeof value === 'number' && value >= 200 && value <= 599;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isStringOrNull(value: unknown): boolean {
  return typeof value === 'string' || value === null;
}

function isPairs(value: unknown, isValue: (value: unknown) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair: unknown) => Array.isArray(pair) && isString(pair[0]) && isValue(pair[1]))
  );
}
