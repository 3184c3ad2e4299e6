import type { Sleep } from '@room-recordings/http-cache';
import { CallCounter, type CallWaits, NotFoundBalances } from './call-accounting.ts';
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

/** What is against a call: its caller is below its share and may ask again, in so many milliseconds, or it is refused. */
export type CallLimitResult =
  | { readonly kind: 'wait'; readonly for: WaitReason; readonly ms: number }
  | CallRejection;

/** What a caller waits for: the answers to calls that may be 404s, or a call that is free. */
type WaitReason = 'missing' | 'calls';

/** Why a call may not be made, and for how many milliseconds. */
export interface CallRejection {
  readonly kind: 'refused';
  readonly error: 'overloaded' | 'rate_limited';
  readonly ms: number;
}

/** A call that is counted. */
export interface CallPermit {
  /** Ends it: something was found, nothing was there, or the call failed. */
  release(came: 'something' | 'nothing' | 'failure', now: number): void;
}

/** A place in the line of those who wait for their turn. */
export interface QueuedCall {
  readonly caller: string;
  readonly since: number;
  readonly for: WaitReason;
}

/**
 * Divides the calls to an account between callers. While the caps allow it every call is made. Once a cap is reached, a caller
 * that has fewer calls than another one waits for its turn, and the others are refused: so each gets an equal share of what is
 * contended, and what one does not use goes to the others (max-min fairness). Of 404s, which are known only afterwards, each
 * caller has a balance: while the account's budget of 404s is spent, who owes nothing goes on, and who owes is refused.
 * Times are milliseconds.
 */
export class CallLimiter {
  readonly #caps = new CallCounter();
  readonly #balances = new NotFoundBalances();
  #line: readonly QueuedCall[] = [];
  /** The two callers that asked last, the latest one first. */
  #latest: readonly { readonly caller: string; readonly at: number }[] = [];
  /** Until when calls are kept free. */
  #contendedUntil = Number.NEGATIVE_INFINITY;

  /**
   * Tells what is against a call; undefined for one that may begin now.
   *
   * @param place where the caller waits already.
   */
  check(caller: string, now: number, place?: QueuedCall): CallLimitResult | undefined {
    this.#note(caller, now);
    const waits = this.#caps.waits(now);
    return this.#judgeMissing(caller, waits, now) ?? this.#judgeCalls(caller, waits, now, place);
  }

  /** Begins a call that nothing is against. */
  acquire(caller: string, now: number): CallPermit {
    const call = this.#caps.begin(now, caller);
    return {
      release: (came, at) => {
        call.end(came === 'nothing', at);
        if (came !== 'failure') this.#balances.book(caller, came === 'nothing', at);
      },
    };
  }

  /** Joins the line; undefined if it is full. */
  enqueue(caller: string, now: number, reason: WaitReason): QueuedCall | undefined {
    this.#line = this.#line.filter(({ since }) => now - since <= CALL_QUEUE_TIMEOUT_MS);
    const isFull =
      this.#line.length >= MAX_QUEUED_CALLS ||
      count(
        this.#line.map((place) => place.caller),
        caller,
      ) >= MAX_QUEUED_CALLS_PER_CLIENT;
    if (isFull) return undefined;
    const place: QueuedCall = { caller, since: now, for: reason };
    this.#line = [...this.#line, place];
    return place;
  }

  dequeue(place: QueuedCall): void {
    this.#line = this.#line.filter((other) => other !== place);
  }

  #note(caller: string, now: number): void {
    const others = this.#latest.filter((other) => other.caller !== caller);
    this.#latest = [{ caller, at: now }, ...others.slice(0, 1)];
  }

  #isAlone(caller: string, now: number): boolean {
    return this.#latest.every((other) => other.caller === caller || now - other.at >= CONTENTION_WINDOW_MS);
  }

  /** What the 404s of the account and of the caller say; undefined if nothing is against the call. */
  #judgeMissing(caller: string, { missing }: CallWaits, now: number): CallLimitResult | undefined {
    if (missing === 0) {
      if (this.#isAlone(caller, now) || !this.#balances.owes(caller, now)) return undefined;
      // The next answer may be a 404, too: the calls of who owes for some are charged in advance.
      const expected = this.#caps.runningCallers().filter((other) => this.#balances.owes(other, now)).length;
      if (this.#caps.countMissing(now) + expected < MAX_NOT_FOUND_PER_SECOND) return undefined;
      // One 404 is not a flood: such a caller waits until the calls before it have ended.
      if (this.#balances.standing(caller, now).owed <= 1)
        return { kind: 'wait', for: 'missing', ms: CALL_QUEUE_POLL_MS };
      return this.#refuse(caller, now, CALL_QUEUE_POLL_MS);
    }
    if (this.#isAlone(caller, now)) return this.#refuse(caller, now, missing);
    const { wait, isKnown, atATime } = this.#balances.standing(caller, now);
    if (wait > 0) return this.#refuse(caller, now, Math.min(missing, wait));
    if (missing >= (isKnown ? NOT_FOUND_OVERDRAFT_KNOWN_MS : NOT_FOUND_OVERDRAFT_MS)) {
      return { kind: 'refused', error: 'overloaded', ms: missing };
    }
    if (count(this.#caps.runningCallers(), caller) < atATime) return undefined;
    return { kind: 'wait', for: 'missing', ms: CALL_QUEUE_POLL_MS };
  }

  /** What the calls of the account and of the caller say; undefined if nothing is against the call. */
  #judgeCalls(
    caller: string,
    waits: CallWaits,
    now: number,
    place: QueuedCall | undefined,
  ): CallLimitResult | undefined {
    const started = tally(this.#caps.startedCallers());
    const running = tally(this.#caps.runningCallers());
    if (this.#isAlone(caller, now)) {
      const ms = Math.max(waits.started, waits.running);
      return ms > 0 ? this.#refuse(caller, now, ms) : undefined;
    }
    // A caller that waits for answers is in nobody's way.
    const waiting = this.#line.filter((other) => other !== place && other.for === 'calls');
    const mine = started.of(caller);
    const ahead = waiting.filter(
      (other) => other.caller !== caller && started.of(other.caller) <= mine && isBefore(other, place),
    ).length;
    const isContended = now < this.#contendedUntil;
    const mayStart = isBelow(started, caller);
    const mayRun = isBelow(running, caller);
    const freeStarts =
      MAX_CALLS_PER_SECOND - started.total - (isContended && !mayStart ? RESERVED_CALLS_PER_SECOND : 0);
    const freeRuns =
      MAX_CONCURRENT_CALLS - running.total - (isContended && !mayRun ? RESERVED_CONCURRENT_CALLS : 0);
    if (freeStarts > ahead && freeRuns > ahead) return undefined;
    const isStarved = (freeStarts > ahead || mayStart) && (freeRuns > ahead || mayRun);
    if (!isStarved)
      return this.#refuse(caller, now, Math.max(waits.started, waits.running, CALL_QUEUE_POLL_MS));
    this.#contendedUntil = now + CONTENTION_WINDOW_MS;
    return { kind: 'wait', for: 'calls', ms: CALL_QUEUE_POLL_MS };
  }

  #refuse(caller: string, now: number, ms: number): CallRejection {
    return { kind: 'refused', error: this.#isAlone(caller, now) ? 'overloaded' : 'rate_limited', ms };
  }
}

interface Tally {
  readonly total: number;
  of(caller: string): number;
  /** The most that another caller than this one has. */
  mostBeside(caller: string): number;
}

function tally(callers: readonly string[]): Tally {
  const counts = new Map<string, number>();
  for (const caller of callers) counts.set(caller, (counts.get(caller) ?? 0) + 1);
  return {
    total: callers.length,
    of: (caller) => counts.get(caller) ?? 0,
    mostBeside(caller) {
      let most = 0;
      for (const [other, number] of counts) if (other !== caller && number > most) most = number;
      return most;
    },
  };
}

/** Whether another caller has at least as many calls as this one would have with one more. */
function isBelow(calls: Tally, caller: string): boolean {
  return calls.of(caller) + 1 <= calls.mostBeside(caller);
}

function isBefore(other: QueuedCall, place: QueuedCall | undefined): boolean {
  return place === undefined || other.since <= place.since;
}

function count(callers: readonly string[], caller: string): number {
  return callers.filter((other) => other === caller).length;
}

/** What waiting for a turn needs of the outside. */
export interface CallQueueServices {
  /** Milliseconds. */
  readonly now: () => number;
  readonly sleep: Sleep;
}

/** A call that is to be made when it is its turn. */
interface Attempt<T> {
  readonly caller: string;
  readonly signal: AbortSignal;
  /** What else is against the call; looked at anew at each turn. */
  readonly check: () => T | undefined;
  /** Begins the call. Nothing else runs between the last look and this. */
  readonly begin: () => T;
}

/** Begins a call if the limiter allows it, after a wait of a second at most if its caller is below its share. */
export async function acquireInTurn<T>(
  limiter: CallLimiter,
  { now, sleep }: CallQueueServices,
  { caller, signal, check, begin }: Attempt<T>,
): Promise<T | CallRejection> {
  let waited = 0;
  let place: QueuedCall | undefined;
  try {
    for (;;) {
      const at = now();
      const against = check();
      if (against !== undefined) return against;
      const turn = limiter.check(caller, at, place);
      if (turn === undefined) return begin();
      if (turn.kind === 'refused') return turn;
      if (place?.for !== turn.for) {
        if (place !== undefined) limiter.dequeue(place);
        place = limiter.enqueue(caller, at, turn.for);
      }
      const isOver = place === undefined || signal.aborted || waited >= CALL_QUEUE_TIMEOUT_MS;
      if (isOver) return { kind: 'refused', error: 'overloaded', ms: turn.ms };
      waited += turn.ms;
      await sleep(turn.ms, signal);
    }
  } finally {
    if (place !== undefined) limiter.dequeue(place);
  }
}
