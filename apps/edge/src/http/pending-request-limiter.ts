import { RESPONSE_TIMEOUT_MS, ROOM_LOOKUP_TIMEOUT_MS } from '../twilio/resilience/policy.ts';

/** Concurrent pending requests. Each one holds about 16 KiB in Node, whose smallest heaps have less than 100 MiB. */
export const MAX_PENDING_REQUESTS = 2_000;

/** The part of the limit that one client leaves to the others. */
const RESERVED_SHARE = 1 / 8;

/** A client with fewer pending requests than this may use the reserved part. */
const MAX_RESERVED_PER_CLIENT = 8;

/** Milliseconds after which a request is no longer counted: Workers cancel the work of a disconnected client without a trace. */
const LOST_REQUEST_TIMEOUT_MS: number = ROOM_LOOKUP_TIMEOUT_MS + RESPONSE_TIMEOUT_MS + 1_000;

interface PendingRequest {
  readonly client: string;
  readonly since: number;
}

/** The reason for a rejected request: the limit is reached, or its client exceeds its share of it. */
export type PendingLimitError = 'overloaded' | 'rate_limited';

/**
 * Limits the pending requests of this process or isolate. A request is pending while it waits for the network or a lookup. A
 * response from memory needs no wait, and is not limited.
 */
export class PendingRequestLimiter {
  readonly #max: number;
  readonly #now: () => number;
  /** The request that has been pending for longest is the first one. */
  readonly #pending = new Set<PendingRequest>();
  readonly #counts = new Map<string, number>();

  /** @param now milliseconds of a monotonic clock. */
  constructor(now: () => number, max: number = MAX_PENDING_REQUESTS) {
    this.#now = now;
    this.#max = max;
  }

  isFull(): boolean {
    this.#dropLost();
    return this.#pending.size >= this.#max;
  }

  /** Returns the reason against one more pending request of a client; undefined if it is allowed. */
  check(client: string): PendingLimitError | undefined {
    const isFull = this.isFull();
    const total = this.#pending.size;
    const own = this.#counts.get(client) ?? 0;
    if (own === total) return own >= this.#max - this.#reserved() ? 'overloaded' : undefined;
    // The divisor has one more share for the next client.
    const share = Math.max(this.#reserved(), this.#max / (this.#counts.size + 1));
    const isAboveShare = own >= share && total >= this.#max / 2;
    const isInReserve = own >= MAX_RESERVED_PER_CLIENT && total >= this.#max - this.#reserved();
    if (isAboveShare || isInReserve) return 'rate_limited';
    return isFull ? 'overloaded' : undefined;
  }

  /** Counts a request as pending until its work has ended. */
  async run<T>(client: string, work: () => T | Promise<T>): Promise<T> {
    const request: PendingRequest = { client, since: this.#now() };
    this.#pending.add(request);
    this.#counts.set(client, (this.#counts.get(client) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.#remove(request);
    }
  }

  #reserved(): number {
    return Math.floor(this.#max * RESERVED_SHARE);
  }

  #remove(request: PendingRequest): void {
    if (!this.#pending.delete(request)) return;
    const count = (this.#counts.get(request.client) ?? 1) - 1;
    if (count > 0) this.#counts.set(request.client, count);
    else this.#counts.delete(request.client);
  }

  #dropLost(): void {
    for (const request of this.#pending) {
      if (this.#now() - request.since < LOST_REQUEST_TIMEOUT_MS) return;
      this.#remove(request);
    }
  }
}
