import { BACKGROUND_TIMEOUT_MS, withTimeout, type Sleep } from '../timers.ts';
import { isCacheEntry, type CacheEntry } from '../entry.ts';

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
  /** What is there at once, where some of it is, and no older than what `get` gives; `lookup` asks nothing else. */
  readonly peek?: ((key: string) => CacheEntry | undefined) | undefined;
  /** Stores an entry in place of the one before it; an entry is plain data and is never changed later. */
  set(key: string, entry: CacheEntry): void | Promise<void>;
  delete(key: string): void | Promise<void>;
}

/** Milliseconds that a client waits for a store which does not set `maxWaitMs`. */
const DEFAULT_MAX_WAIT_MS = 50;

/** A store whose faults are misses, and whose entries are entries. */
export interface SafeStore {
  readonly canPeek: boolean;
  readonly maxWaitMs: number;
  /** What is there at once; undefined from a store that cannot say. */
  peek(key: string): CacheEntry | undefined;
  read(key: string): CacheEntry | undefined | Promise<CacheEntry | undefined>;
  /** Ends when the store is done, and never rejects; undefined where that was at once. No client waits for it. */
  write(key: string, entry: CacheEntry): Promise<void> | undefined;
  /** As `write`. */
  remove(key: string): Promise<void> | undefined;
}

/** Puts a store behind a guard, so that no fault of it is seen by a client. */
export function createSafeStore(store: CacheStore, delay: Sleep): SafeStore {
  const { maxWaitMs = DEFAULT_MAX_WAIT_MS } = store;
  const run = <T>(work: () => T | Promise<T>, ms = maxWaitMs): T | undefined | Promise<T | undefined> => {
    try {
      const result = work();
      return isPromise(result) ? withTimeout(result, ms, delay).catch(() => undefined) : result;
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
    canPeek: store.peek !== undefined,
    maxWaitMs,
    peek: (key) => checkEntry(run(() => store.peek?.(key))),
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
