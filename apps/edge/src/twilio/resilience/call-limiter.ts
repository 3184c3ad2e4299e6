import type { Sleep } from '@room-recordings/http-cache';
import {
  CallCounter,
  type CallWaits,
  type ClientCounts,
  countByClient,
  NotFoundBalances,
} from './call-accounting.ts';
import {
  CONTENTION_WINDOW_MS,
  RESERVED_CONCURRENT_CALLS,
  RESERVED_CALLS_PER_SECOND,
  CALL_QUEUE_TIMEOUT_MS,
  MAX_CONCURRENT_CALLS,
  MAX_NOT_FOUND_PER_SECOND,
  MAX_CALLS_PER_SECOND,
  MAX_QUEUED_CALLS,
  MAX_QUEUED_CALLS_PER_CLIENT,
  NOT_FOUND_OVERDRAFT_MS,
  NOT_FOUND_OVERDRAFT_KNOWN_MS,
  CALL_QUEUE_POLL_MS,
} from './policy.ts';

/** A call that may not start now: it may wait and be checked again, or it is rejected. */
export type CallLimitResult = CallWait | CallRejection;

/** A call that may wait, because its client is below its share. */
interface CallWait {
  readonly kind: 'wait';
  readonly reason: WaitReason;
  /** Milliseconds until the next check. */
  readonly retryAfterMs: number;
}

/** The reason of a wait: calls that may get a 404 have no response yet, or there is no free capacity. */
type WaitReason = 'not-found' | 'capacity';

/** A call that is rejected. */
export interface CallRejection {
  readonly kind: 'rejected';
  readonly error: 'overloaded' | 'rate_limited';
  readonly retryAfterMs: number;
}

/** A running call. */
export interface CallPermit {
  /** Ends the call. */
  release(outcome: 'found' | 'not-found' | 'failed', now: number): void;
}

/** A waiting call. */
export interface QueuedCall {
  readonly client: string;
  readonly since: number;
  readonly reason: WaitReason;
}

/**
 * Divides the calls to an account between clients (max-min fairness). Times are milliseconds.
 *
 * - Below the account's limits every call starts.
 * - At a limit, a client with fewer calls than another one waits, and the calls of the other clients are rejected. Each client so gets an
 *   equal share, and the unused part of a share goes to the others.
 * - A 404 is known only after its call, so each client has a balance of them. While the account's 404 budget is spent, a client
 *   without debt may call, and the calls of a client in debt are rejected.
 */
export class CallLimiter {
  readonly #counter = new CallCounter();
  readonly #balances = new NotFoundBalances();
  #queue: readonly QueuedCall[] = [];
  /** The two clients that were checked last, the latest one first. */
  #latest: readonly { readonly client: string; readonly at: number }[] = [];
  /** The end of the time in which capacity is reserved. */
  #contendedUntil = Number.NEGATIVE_INFINITY;

  /**
   * Checks whether a call may start.
   *
   * @param queued the call, if it waits already.
   * @returns undefined if the call may start now.
   */
  check(client: string, now: number, queued?: QueuedCall): CallLimitResult | undefined {
    const others = this.#latest.filter((other) => other.client !== client);
    this.#latest = [{ client, at: now }, ...others.slice(0, 1)];
    const waits = this.#counter.waits(now);
    return this.#checkNotFound(client, waits, now) ?? this.#checkCapacity(client, waits, now, queued);
  }

  /** Counts a call that `check` has allowed. */
  acquire(client: string, now: number): CallPermit {
    const call = this.#counter.acquire(now, client);
    return {
      release: (outcome, at) => {
        call.release(outcome === 'not-found', at);
        if (outcome !== 'failed') this.#balances.record(client, outcome === 'not-found', at);
      },
    };
  }

  /** Adds a call to the queue; returns undefined if the queue is full. */
  enqueue(client: string, now: number, reason: WaitReason): QueuedCall | undefined {
    this.#queue = this.#queue.filter(({ since }) => now - since <= CALL_QUEUE_TIMEOUT_MS);
    const queuedClients = this.#queue.map((other) => other.client);
    const isFull =
      this.#queue.length >= MAX_QUEUED_CALLS || count(queuedClients, client) >= MAX_QUEUED_CALLS_PER_CLIENT;
    if (isFull) return undefined;
    const queued: QueuedCall = { client, since: now, reason };
    this.#queue = [...this.#queue, queued];
    return queued;
  }

  dequeue(queued: QueuedCall): void {
    this.#queue = this.#queue.filter((other) => other !== queued);
  }

  #isAlone(client: string, now: number): boolean {
    return this.#latest.every((other) => other.client === client || now - other.at >= CONTENTION_WINDOW_MS);
  }

  /** Checks the 404 budgets of the account and the client. */
  #checkNotFound(client: string, { notFound }: CallWaits, now: number): CallLimitResult | undefined {
    const wait: CallWait = { kind: 'wait', reason: 'not-found', retryAfterMs: CALL_QUEUE_POLL_MS };
    if (notFound === 0) {
      if (this.#isAlone(client, now) || !this.#balances.isInDebt(client, now)) return undefined;
      // The next response may be a 404 as well, so the running calls of clients in debt count in advance.
      const running = this.#counter.runningClients();
      const expected = running.filter((other) => this.#balances.isInDebt(other, now)).length;
      if (this.#counter.notFoundCount(now) + expected < MAX_NOT_FOUND_PER_SECOND) return undefined;
      // One 404 is not a flood, so this client may wait until the running calls have ended.
      if (this.#balances.allowance(client, now).owed <= 1) return wait;
      return this.#reject(client, now, CALL_QUEUE_POLL_MS);
    }
    if (this.#isAlone(client, now)) return this.#reject(client, now, notFound);
    const { retryAfterMs, hasFound, maxConcurrent } = this.#balances.allowance(client, now);
    if (retryAfterMs > 0) return this.#reject(client, now, Math.min(notFound, retryAfterMs));
    if (notFound >= (hasFound ? NOT_FOUND_OVERDRAFT_KNOWN_MS : NOT_FOUND_OVERDRAFT_MS)) {
      return { kind: 'rejected', error: 'overloaded', retryAfterMs: notFound };
    }
    return count(this.#counter.runningClients(), client) < maxConcurrent ? undefined : wait;
  }

  /** Checks the calls per second and the concurrent calls of the account and the client. */
  #checkCapacity(
    client: string,
    waits: CallWaits,
    now: number,
    queued: QueuedCall | undefined,
  ): CallLimitResult | undefined {
    const started = countByClient(this.#counter.startedClients());
    const running = countByClient(this.#counter.runningClients());
    if (this.#isAlone(client, now)) {
      const ms = Math.max(waits.started, waits.running);
      return ms > 0 ? this.#reject(client, now, ms) : undefined;
    }
    // A call that waits for responses needs no capacity yet.
    const waiting = this.#queue.filter((other) => other !== queued && other.reason === 'capacity');
    const ownStarts = started.get(client);
    const ahead = waiting.filter(
      (other) =>
        other.client !== client && started.get(other.client) <= ownStarts && isEarlier(other, queued),
    ).length;
    const isContended = now < this.#contendedUntil;
    const mayStart = hasFewerCalls(started, client);
    const mayRun = hasFewerCalls(running, client);
    const freeStarts =
      MAX_CALLS_PER_SECOND - started.total - (isContended && !mayStart ? RESERVED_CALLS_PER_SECOND : 0);
    const freeRuns =
      MAX_CONCURRENT_CALLS - running.total - (isContended && !mayRun ? RESERVED_CONCURRENT_CALLS : 0);
    if (freeStarts > ahead && freeRuns > ahead) return undefined;
    const isStarved = (freeStarts > ahead || mayStart) && (freeRuns > ahead || mayRun);
    if (!isStarved)
      return this.#reject(client, now, Math.max(waits.started, waits.running, CALL_QUEUE_POLL_MS));
    this.#contendedUntil = now + CONTENTION_WINDOW_MS;
    return { kind: 'wait', reason: 'capacity', retryAfterMs: CALL_QUEUE_POLL_MS };
  }

  #reject(client: string, now: number, retryAfterMs: number): CallRejection {
    const error = this.#isAlone(client, now) ? 'overloaded' : 'rate_limited';
    return { kind: 'rejected', error, retryAfterMs };
  }
}

/** Returns whether another client has at least as many calls as this one would have with one more. */
function hasFewerCalls(calls: ClientCounts, client: string): boolean {
  return calls.get(client) + 1 <= calls.maxOfOthers(client);
}

function isEarlier(other: QueuedCall, queued: QueuedCall | undefined): boolean {
  return queued === undefined || other.since <= queued.since;
}

function count(clients: readonly string[], client: string): number {
  return clients.filter((other) => other === client).length;
}

/** The services of {@link acquireOrWait}. */
export interface CallQueueServices {
  /** Milliseconds. */
  readonly now: () => number;
  readonly sleep: Sleep;
}

/** A call that starts as soon as the limits allow it. */
interface CallAttempt<T> {
  readonly client: string;
  readonly signal: AbortSignal;
  /** Returns a reason against the call that does not depend on its client. It runs before each check of the limits. */
  readonly check: () => T | undefined;
  /** Starts the call. It runs in the same task as the last check, so no other call starts in between. */
  readonly start: () => T;
}

/**
 * Starts a call if the limits allow it. A call whose client is below its share waits up to one second for that.
 *
 * @returns the value of `start` or `check`, or the rejection.
 */
export async function acquireOrWait<T>(
  limiter: CallLimiter,
  { now, sleep }: CallQueueServices,
  { client, signal, check, start }: CallAttempt<T>,
): Promise<T | CallRejection> {
  let waitedMs = 0;
  let queued: QueuedCall | undefined;
  try {
    for (;;) {
      const at = now();
      const reason = check();
      if (reason !== undefined) return reason;
      const result = limiter.check(client, at, queued);
      if (result === undefined) return start();
      if (result.kind === 'rejected') return result;
      if (queued?.reason !== result.reason) {
        if (queued !== undefined) limiter.dequeue(queued);
        queued = limiter.enqueue(client, at, result.reason);
      }
      const { retryAfterMs } = result;
      const isOver = queued === undefined || signal.aborted || waitedMs >= CALL_QUEUE_TIMEOUT_MS;
      if (isOver) return { kind: 'rejected', error: 'overloaded', retryAfterMs };
      waitedMs += retryAfterMs;
      await sleep(retryAfterMs, signal);
    }
  } finally {
    if (queued !== undefined) limiter.dequeue(queued);
  }
}
