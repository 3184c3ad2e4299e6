import { RESPONSE_TIMEOUT_MS, ROOM_LOOKUP_TIMEOUT_MS } from '../twilio/resilience/policy.ts';

/** Requests that may wait at a time: each holds some 16 KiB in Node, whose smallest heaps have less than 100 MiB. */
export const MAX_PENDING_REQUESTS = 2_000;

/** The part of the limit that one caller leaves to others. */
const RESERVED_SHARE = 1 / 8;

/** A caller with fewer requests than these may use the reserved places. */
const MAX_FEW = 8;

/** A request that is still counted after this time has ended without a trace: Workers drop the work of a client that left. */
const LOST_MS: number = ROOM_LOOKUP_TIMEOUT_MS + RESPONSE_TIMEOUT_MS + 1_000;

/** A request that waits. */
interface Waiting {
  readonly caller: string;
  readonly since: number;
}

/** Why a request may not wait: all places are taken, or its caller has more than its share of them. */
export type PendingLimitError = 'overloaded' | 'rate_limited';

/** Bounds the requests of this process or isolate that wait for something: a stored response needs no wait. */
export class PendingRequestLimiter {
  readonly #max: number;
  readonly #now: () => number;
  /** The request that has waited for longest is the first one. */
  readonly #waiting = new Set<Waiting>();
  readonly #counts = new Map<string, number>();

  /** @param now milliseconds, of a clock that never goes back. */
  constructor(now: () => number, max: number = MAX_PENDING_REQUESTS) {
    this.#now = now;
    this.#max = max;
  }

  isFull(): boolean {
    this.#forgetLost();
    return this.#waiting.size >= this.#max;
  }

  /** Returns why a request of a caller may not wait; undefined if it may. */
  refusal(caller: string): PendingLimitError | undefined {
    const isFull = this.isFull();
    const total = this.#waiting.size;
    const own = this.#counts.get(caller) ?? 0;
    if (own === total) return own >= this.#max - this.#reserved() ? 'overloaded' : undefined;
    // One more share, for a caller that is to come.
    const share = Math.max(this.#reserved(), this.#max / (this.#counts.size + 1));
    const isAboveShare = own >= share && total >= this.#max / 2;
    const isInReserve = own >= MAX_FEW && total >= this.#max - this.#reserved();
    if (isAboveShare || isInReserve) return 'rate_limited';
    return isFull ? 'overloaded' : undefined;
  }

  /** Counts a request for as long as its work takes. */
  async hold<T>(caller: string, work: () => T | Promise<T>): Promise<T> {
    const waiting: Waiting = { caller, since: this.#now() };
    this.#waiting.add(waiting);
    this.#counts.set(caller, (this.#counts.get(caller) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.#end(waiting);
    }
  }

  #reserved(): number {
    return Math.floor(this.#max * RESERVED_SHARE);
  }

  #end(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting)) return;
    const left = (this.#counts.get(waiting.caller) ?? 1) - 1;
    if (left > 0) this.#counts.set(waiting.caller, left);
    else this.#counts.delete(waiting.caller);
  }

  #forgetLost(): void {
    for (const waiting of this.#waiting) {
      if (this.#now() - waiting.since < LOST_MS) return;
      this.#end(waiting);
    }
  }
}
