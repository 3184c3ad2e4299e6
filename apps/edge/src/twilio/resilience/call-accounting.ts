import {
  LOST_CALL_TIMEOUT_MS,
  MAX_CONCURRENT_CALLS,
  MAX_NOT_FOUND_PER_SECOND,
  MAX_CALLS_PER_SECOND,
  CONTENTION_WINDOW_MS,
  NOT_FOUND_CREDIT_PER_RESPONSE,
  MAX_NOT_FOUND_BALANCES,
  MAX_NOT_FOUND_CREDIT,
  MAX_NOT_FOUND_DEBT,
  SHARED_NOT_FOUND_PER_SECOND,
} from './policy.ts';

const SECOND_MS = 1_000;

/** A running call. */
export interface CountedCall {
  readonly client: string;
  /** Ends the call. */
  release(isNotFound: boolean, now: number): void;
}

/** The wait of each limit before one more call is allowed, in milliseconds; 0 if the limit allows it now. */
export interface CallWaits {
  /** The limit of concurrent calls. */
  readonly running: number;
  /** The limit of calls per second. */
  readonly started: number;
  /** The limit of 404 responses per second. */
  readonly notFound: number;
}

interface Start {
  readonly at: number;
  readonly client: string;
}

/** Counts the calls to an account against the limits of the whole account. Times are milliseconds. */
export class CallCounter {
  /** The start times of the running calls. On Workers a call may be cancelled with its request, and never release. */
  readonly #running = new Map<CountedCall, number>();
  /** The calls that started in the last second. */
  #started: readonly Start[] = [];
  /**
   * The times at which the last 404 responses count. No second holds more of them than its limit. If concurrent calls exceed the
   * limit, their 404 responses count in the following seconds, which are used up then.
   */
  #notFound: readonly number[] = [];

  /** Returns the milliseconds until every limit allows one more call; 0 for now. */
  retryAfterMs(now: number): number {
    const { running, started, notFound } = this.waits(now);
    return Math.max(running, started, notFound);
  }

  waits(now: number): CallWaits {
    this.#started = this.#started.filter(({ at }) => at > now - SECOND_MS);
    this.#dropLost(now);
    const startedAt = this.#started.map(({ at }) => at);
    return {
      // The end of a running call is unknown.
      running: this.#running.size >= MAX_CONCURRENT_CALLS ? SECOND_MS : 0,
      started: Math.max(0, nextAllowedAt(startedAt, MAX_CALLS_PER_SECOND) - now),
      notFound: Math.max(0, nextAllowedAt(this.#notFound, MAX_NOT_FOUND_PER_SECOND) - now),
    };
  }

  /** Returns the number of 404 responses that count in the last second or later. */
  notFoundCount(now: number): number {
    return this.#notFound.filter((at) => at > now - SECOND_MS).length;
  }

  /** Returns the client of each running call. */
  runningClients(): readonly string[] {
    return [...this.#running.keys()].map(({ client }) => client);
  }

  /** Returns the client of each call that started in the second before the last call of `waits()`. */
  startedClients(): readonly string[] {
    return this.#started.map(({ client }) => client);
  }

  /** Counts a call that starts now. */
  acquire(now: number, client = ''): CountedCall {
    const call: CountedCall = {
      client,
      release: (isNotFound, at) => {
        this.#running.delete(call);
        if (isNotFound) this.#recordNotFound(at);
      },
    };
    this.#running.set(call, now);
    this.#started = [...this.#started, { at: now, client }];
    return call;
  }

  #recordNotFound(now: number): void {
    const at = Math.max(now, nextAllowedAt(this.#notFound, MAX_NOT_FOUND_PER_SECOND));
    this.#notFound = [...this.#notFound, at].slice(-MAX_NOT_FOUND_PER_SECOND);
  }

  #dropLost(now: number): void {
    for (const [call, since] of this.#running)
      if (now - since >= LOST_CALL_TIMEOUT_MS) this.#running.delete(call);
  }
}

/** Returns the first time at which one more event keeps the rate at or below `max` per second. */
function nextAllowedAt(times: readonly number[], max: number): number {
  const first = times.at(-max);
  return first === undefined ? Number.NEGATIVE_INFINITY : first + SECOND_MS;
}

/** The calls of each client. */
export interface ClientCounts {
  readonly total: number;
  get(client: string): number;
  /** Returns the largest count of any other client. */
  maxOfOthers(client: string): number;
}

/** @param clients the client of each call. */
export function countByClient(clients: readonly string[]): ClientCounts {
  const counts = new Map<string, number>();
  for (const client of clients) counts.set(client, (counts.get(client) ?? 0) + 1);
  return {
    total: clients.length,
    get: (client) => counts.get(client) ?? 0,
    maxOfOthers(client) {
      let max = 0;
      for (const [other, number] of counts) if (other !== client && number > max) max = number;
      return max;
    },
  };
}

/** The 404 debt of a client at a point in time. */
interface Balance {
  /** 404 responses; negative for a client whose reads found recordings. */
  readonly owed: number;
  readonly at: number;
  readonly notFoundAt: number;
  readonly foundAt: number;
}

/** The calls that a client may make while the account's 404 budget is spent. */
export interface NotFoundAllowance {
  /** The 404 responses that the client owes. Its next call may be a 404 as well. */
  readonly owed: number;
  /** Milliseconds until the client may make a call; 0 for now. */
  readonly retryAfterMs: number;
  /** Whether a call of the client found a recording within the contention window. */
  readonly hasFound: boolean;
  /** One concurrent call, and one more for each credit. */
  readonly maxConcurrent: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
const EMPTY_BALANCE: Balance = { owed: 0, at: 0, notFoundAt: NEVER, foundAt: NEVER };

/** Milliseconds between two counts of the clients with 404 responses: a count visits every balance. */
const CLIENT_COUNT_INTERVAL_MS = 100;

/**
 * Counts the 404 responses of each client against an equal share of the account's 404 budget. A 404 costs one, time repays at the
 * rate of the share, and a found recording earns a tenth. Times are milliseconds.
 */
export class NotFoundBalances {
  /** The client whose balance changed last is the last one. */
  readonly #balances = new Map<string, Balance>();
  /** The number of clients with a recent 404, and the time until which it is used without a new count. */
  #sharing = { clients: 0, until: NEVER };

  /** Returns the calls that a client may make while the account's 404 budget is spent. */
  allowance(client: string, now: number): NotFoundAllowance {
    const share = this.#sharePerSecond(now);
    const { owed, foundAt } = this.#balanceAt(client, now);
    const hasFound = foundAt > now - CONTENTION_WINDOW_MS;
    // A client that found a recording may owe as much as its share repays in a second.
    const excess = owed - (hasFound ? share : 0);
    return {
      owed: Math.max(0, owed),
      retryAfterMs: excess > 0 ? Math.ceil((excess / share) * SECOND_MS) : 0,
      hasFound,
      maxConcurrent: 1 + Math.floor(Math.max(0, -owed) / NOT_FOUND_CREDIT_PER_RESPONSE),
    };
  }

  isInDebt(client: string, now: number): boolean {
    return this.#balanceAt(client, now).owed > 0;
  }

  /** Counts a response: a 404 or a recording. */
  record(client: string, isNotFound: boolean, now: number): void {
    const { owed, notFoundAt, foundAt } = this.#balanceAt(client, now);
    if (isNotFound && notFoundAt <= now - CONTENTION_WINDOW_MS) this.#sharing.clients += 1;
    const balance: Balance = isNotFound
      ? { owed: Math.min(MAX_NOT_FOUND_DEBT, owed + 1), at: now, notFoundAt: now, foundAt }
      : {
          owed: Math.max(-MAX_NOT_FOUND_CREDIT, owed - NOT_FOUND_CREDIT_PER_RESPONSE),
          at: now,
          notFoundAt,
          foundAt: now,
        };
    this.#balances.delete(client);
    this.#balances.set(client, balance);
    if (this.#balances.size <= MAX_NOT_FOUND_BALANCES) return;
    const [oldest = ''] = this.#balances.keys();
    this.#balances.delete(oldest);
  }

  #balanceAt(client: string, now: number): Balance {
    const { owed, at, ...times } = this.#balances.get(client) ?? EMPTY_BALANCE;
    // Time repays a debt, but does not earn a credit.
    const repaid =
      owed <= 0 ? owed : Math.max(0, owed - ((now - at) / SECOND_MS) * this.#sharePerSecond(now));
    return { owed: repaid, at: now, ...times };
  }

  /** Returns the 404 responses per second of each client that had a recent 404. */
  #sharePerSecond(now: number): number {
    if (now >= this.#sharing.until) {
      let clients = 0;
      for (const { notFoundAt } of this.#balances.values())
        if (notFoundAt > now - CONTENTION_WINDOW_MS) clients += 1;
      this.#sharing = { clients, until: now + CLIENT_COUNT_INTERVAL_MS };
    }
    return SHARED_NOT_FOUND_PER_SECOND / Math.max(1, this.#sharing.clients);
  }
}
