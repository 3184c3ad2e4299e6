import { BACKGROUND_TIMEOUT_MS, withTimeout, type Sleep } from './timers.ts';

/**
 * Says of a call whose answer has come whether that may change what is stored: not after a purge, nor after the answer to a
 * call that began later. Where it may, those of calls that began earlier no longer may, whatever Vary would tell apart.
 */
export type TryCommit = () => boolean;

/** The calls in progress for one key. */
interface Progress {
  running: number;
  /** The latest that has landed, by its number; a purge counts as one. */
  landed: number;
}

/** What came of a call; `landing` is there until a store that takes its time can be asked for it. */
interface Concluded {
  readonly landing?: unknown;
}

/**
 * The upstream calls in progress, by key (RFC 9111 §4: one answer may serve several requests that wait for it). Whoever
 * asks first leads; the call itself belongs to nobody, so that it outlives the one who asked.
 */
export class RequestCollapser<Outcome extends Concluded> {
  readonly #flights = new Map<string, Promise<Outcome>>();
  readonly #inProgress = new Map<string, Progress>();
  readonly #sleep: Sleep;
  /** Calls are numbered in the order in which they begin. */
  #begun = 0;

  constructor(sleep: Sleep) {
    this.#sleep = sleep;
  }

  /** Waits for the call that someone else leads: undefined where it takes too long, and is followed no more. */
  async follow(key: string): Promise<Outcome | undefined> {
    const flight = this.#flights.get(key);
    const outcome = flight && (await withTimeout(flight, BACKGROUND_TIMEOUT_MS, this.#sleep));
    if (outcome === undefined) this.#forget(key, flight);
    return outcome;
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Makes a call that others can follow. `work` must not reject. */
  lead(key: string, work: (land: TryCommit) => Promise<Outcome>): Promise<Outcome> {
    const flight = this.run(key, work);
    this.#flights.set(key, flight);
    // Until it is stored, whoever comes is given the answer that has come; one that hangs is in nobody's way for ever.
    const landed = flight.then(({ landing }) => landing);
    void withTimeout(landed, BACKGROUND_TIMEOUT_MS, this.#sleep).then(() => this.#forget(key, flight));
    return flight;
  }

  /** Another may have taken its place. */
  #forget(key: string, flight: Promise<Outcome> | undefined): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  /** Makes a call that nobody follows. `work` must not reject. */
  async run(key: string, work: (land: TryCommit) => Promise<Outcome>): Promise<Outcome> {
    const nth = ++this.#begun;
    const progress = this.#inProgress.get(key) ?? { running: 0, landed: 0 };
    this.#inProgress.set(key, progress);
    progress.running += 1;
    const outcome = await work(() => {
      const isNewest = nth >= progress.landed;
      if (isNewest) progress.landed = nth;
      return isNewest;
    });
    progress.running -= 1;
    if (progress.running === 0) this.#inProgress.delete(key);
    return outcome;
  }

  /** Says that what is on its way is no longer true: who asks from now on gets a call of their own. */
  outdate(key: string): void {
    const progress = this.#inProgress.get(key);
    if (progress !== undefined) progress.landed = ++this.#begun;
    this.#flights.delete(key);
  }
}
