import { LONGEST_WORK_MS, waitAtMost, type Delay } from './delay.ts';

/** An upstream call in progress; outdated once its key is purged, when nothing that it brings is to be stored. */
export interface Call {
  isOutdated: boolean;
}

/** What came of a call; `landing` is there until a store that takes its time can be asked for it. */
interface Concluded {
  readonly landing?: unknown;
}

/**
 * The upstream calls in progress, by key (RFC 9111 §4: one answer may serve several requests that wait for it). Whoever
 * asks first leads; the call itself belongs to nobody, so that it outlives the one who asked.
 */
export class Calls<Outcome extends Concluded> {
  readonly #flights = new Map<string, Promise<Outcome>>();
  readonly #inProgress = new Map<string, Set<Call>>();
  readonly #delay: Delay;

  constructor(delay: Delay) {
    this.#delay = delay;
  }

  /** Waits for the call that someone else leads: undefined where it takes too long, and is followed no more. */
  async follow(key: string): Promise<Outcome | undefined> {
    const flight = this.#flights.get(key);
    const outcome = flight && (await waitAtMost(flight, LONGEST_WORK_MS, this.#delay));
    if (outcome === undefined) this.#flights.delete(key);
    return outcome;
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Makes a call that others can follow. `work` must not reject. */
  lead(key: string, work: (call: Call) => Promise<Outcome>): Promise<Outcome> {
    const flight = this.run(key, work);
    this.#flights.set(key, flight);
    // Until it is stored, whoever comes is given the answer that has come; one that hangs is in nobody's way for ever.
    const landed = flight.then(({ landing }) => landing);
    void waitAtMost(landed, LONGEST_WORK_MS, this.#delay).then(() => this.#land(key, flight));
    return flight;
  }

  #land(key: string, flight: Promise<Outcome>): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key);
  }

  /** Makes a call that nobody follows. `work` must not reject. */
  async run(key: string, work: (call: Call) => Promise<Outcome>): Promise<Outcome> {
    const call: Call = { isOutdated: false };
    const calls = this.#inProgress.get(key) ?? new Set();
    this.#inProgress.set(key, calls.add(call));
    const outcome = await work(call);
    calls.delete(call);
    if (calls.size === 0 && this.#inProgress.get(key) === calls) this.#inProgress.delete(key);
    return outcome;
  }

  /** Says that what is on its way is no longer true: who asks from now on gets a call of their own. */
  outdate(key: string): void {
    for (const call of this.#inProgress.get(key) ?? []) call.isOutdated = true;
    this.#inProgress.delete(key);
    this.#flights.delete(key);
  }
}
