import { BACKGROUND_TIMEOUT_MS, withTimeout, type Sleep } from './timers.ts';

/**
 * Returns false if a newer fetch or a purge has already been committed for this key. Otherwise marks this fetch as the newest
 * committed one and returns true. It applies to all variants of the key.
 */
export type TryCommit = () => boolean;

/** The fetches in progress for one key. */
interface KeyState {
  running: number;
  /** The sequence number of the newest committed fetch or purge. */
  committedSequence: number;
}

/** The result of a fetch. */
interface CollapsibleResult {
  /** Resolves when the store can return the response. Until then, new requests share this result. */
  readonly visible?: Promise<unknown> | undefined;
}

/**
 * Lets concurrent requests for one key share one fetch (RFC 9111 §4). The first request starts it. The fetch does not belong to that
 * request, so it continues if the client disconnects.
 */
export class RequestCollapser<Result extends CollapsibleResult> {
  readonly #shared = new Map<string, Promise<Result>>();
  readonly #states = new Map<string, KeyState>();
  readonly #sleep: Sleep;
  /** The sequence number of the last fetch or purge. */
  #sequence = 0;

  constructor(sleep: Sleep) {
    this.#sleep = sleep;
  }

  /** Returns whether there is a shared fetch for a key. */
  has(key: string): boolean {
    return this.#shared.has(key);
  }

  /** Waits for the shared fetch of a key. Returns undefined after a timeout; later requests then do not wait for that fetch. */
  async join(key: string): Promise<Result | undefined> {
    const shared = this.#shared.get(key);
    const result = shared && (await withTimeout(shared, BACKGROUND_TIMEOUT_MS, this.#sleep));
    if (result === undefined) this.#forget(key, shared);
    return result;
  }

  /** Starts a fetch that others can join. `work` must not reject. */
  start(key: string, work: (tryCommit: TryCommit) => Promise<Result>): Promise<Result> {
    const shared = this.runUnshared(key, work);
    this.#shared.set(key, shared);
    // Requests share the result until the store can return it. The timeout removes a fetch or a write that hangs.
    const visible = shared.then((result) => result.visible);
    void withTimeout(visible, BACKGROUND_TIMEOUT_MS, this.#sleep).then(() => this.#forget(key, shared));
    return shared;
  }

  /** Removes a shared fetch unless a newer one has replaced it. */
  #forget(key: string, shared: Promise<Result> | undefined): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
  }

  /** Runs a fetch that no other request joins. `work` must not reject. */
  async runUnshared(key: string, work: (tryCommit: TryCommit) => Promise<Result>): Promise<Result> {
    const sequence = ++this.#sequence;
    const state = this.#states.get(key) ?? { running: 0, committedSequence: 0 };
    this.#states.set(key, state);
    state.running += 1;
    const result = await work(() => {
      const isNewest = sequence >= state.committedSequence;
      if (isNewest) state.committedSequence = sequence;
      return isNewest;
    });
    state.running -= 1;
    if (state.running === 0) this.#states.delete(key);
    return result;
  }

  /** Prevents the fetches in progress from being committed. Later requests start a fetch of their own. */
  invalidate(key: string): void {
    const state = this.#states.get(key);
    if (state !== undefined) state.committedSequence = ++this.#sequence;
    this.#shared.delete(key);
  }
}
