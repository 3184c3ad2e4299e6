import type { RoomSid } from '@room-recordings/core';
import { copyString } from '../concurrency/retained-strings.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import {
  ROOM_LOOKUP_TIMEOUT_MS,
  ENUMERATION_LIMIT,
  ENUMERATION_WINDOW_MS,
} from '../twilio/resilience/policy.ts';
import { type AuthServices, authUnavailable, type AuthFailure } from './strategy.ts';
import type { RoomResult } from './token-strategy.ts';

/** Decides whether a token grants a room. It must not throw. */
type Decide = () => Promise<RoomResult>;

/** The rooms of one token in the current window. */
interface TokenUsage {
  /** The failures by room SID. The SIDs are copies, because the SID of a request is a slice of its URL. */
  readonly denied: Map<string, AuthFailure>;
  /** Decisions that have started. Each of them may still deny its room. */
  readonly pending: Map<RoomSid, Promise<RoomResult>>;
  /** The end of the window, milliseconds of the monotonic clock. It also drops a decision that never ends. */
  readonly until: number;
}

/** Retry-After if all decisions that a token may have at a time are still pending, seconds. */
const QUEUE_RETRY_AFTER_SECONDS = 1;

/**
 * Limits each token to `ENUMERATION_LIMIT` distinct denied rooms per `ENUMERATION_WINDOW_MS`, against room enumeration. Existing,
 * missing, cached and uncached rooms all count once, so the limit does not reveal which of them a room is. Granted rooms do not count.
 * A decision that may deny a room reserves one place; further decisions wait for a free place.
 */
export class EnumerationLimiter {
  readonly #services: Pick<AuthServices, 'now' | 'sleep'>;
  readonly #usage = new ExpiringCache<TokenUsage>();

  /** @param services `now` is the monotonic clock. */
  constructor(services: Pick<AuthServices, 'now' | 'sleep'>) {
    this.#services = services;
  }

  /**
   * Runs a decision about a room within the limit of the token.
   *
   * @returns the decision, a repeated failure, or `auth_unavailable` if the limit is reached or no place becomes free in time.
   */
  async run(token: string, roomSid: RoomSid, decide: Decide): Promise<RoomResult> {
    return this.#tryRun(token, roomSid, decide) ?? this.#runQueued(token, roomSid, decide);
  }

  async #runQueued(token: string, roomSid: RoomSid, decide: Decide): Promise<RoomResult> {
    const { now, sleep } = this.#services;
    const endsAt = now() + ROOM_LOOKUP_TIMEOUT_MS;
    for (;;) {
      const next = Promise.race(this.#getUsage(token).pending.values());
      await withTimeout(next, endsAt - now(), sleep);
      // Decisions may end at the same moment as this timeout, and only because their own timeout has passed.
      if (now() >= endsAt) break;
      const result = this.#tryRun(token, roomSid, decide);
      if (result !== undefined) return result;
    }
    return authUnavailable(QUEUE_RETRY_AFTER_SECONDS, 'lookups of other rooms of this token are pending');
  }

  /** @returns undefined if the decision must wait for a free place. */
  #tryRun(token: string, roomSid: RoomSid, decide: Decide): RoomResult | Promise<RoomResult> | undefined {
    const usage = this.#getUsage(token);
    const { denied, pending, until } = usage;
    const previous = denied.get(roomSid);
    if (previous !== undefined) return previous;
    const available = ENUMERATION_LIMIT - denied.size;
    if (available === 0) {
      const seconds = (until - this.#services.now()) / 1000;
      return authUnavailable(
        seconds,
        `the token was denied ${ENUMERATION_LIMIT} rooms in ${ENUMERATION_WINDOW_MS / 1000} s`,
      );
    }
    // A room with a pending decision has its place already, and lookups of one room are shared.
    const isAllowed = pending.has(roomSid) || pending.size < available;
    return isAllowed ? this.#start(usage, roomSid, decide) : undefined;
  }

  async #start({ denied, pending }: TokenUsage, roomSid: RoomSid, decide: Decide): Promise<RoomResult> {
    const decision = decide();
    pending.set(roomSid, decision);
    const result = await decision;
    if (result !== 'granted' && result.error === 'forbidden') denied.set(copyString(roomSid), result);
    pending.delete(roomSid);
    return result;
  }

  #getUsage(token: string): TokenUsage {
    const now = this.#services.now();
    const cached = this.#usage.get(token, now);
    if (cached !== undefined) return cached;
    const usage: TokenUsage = { denied: new Map(), pending: new Map(), until: now + ENUMERATION_WINDOW_MS };
    this.#usage.set(token, usage, usage.until);
    return usage;
  }
}
