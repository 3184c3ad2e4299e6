import type { RoomSid } from '@room-recordings/core';
import { copyString } from '../concurrency/retained-strings.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import {
  ROOM_LOOKUP_TIMEOUT_MS,
  ENUMERATION_LIMIT,
  ENUMERATION_WINDOW_MS,
} from '../twilio/resilience/policy.ts';
import { type AuthServices, authUnavailable, type AuthFailure, type AuthResult } from './strategy.ts';

/** Comes to a verdict about one room; never throws. */
type Judge = () => Promise<AuthResult>;

/** What one token has been told, and is about to be. */
interface Spent {
  /** The refusals by SID, each SID a copy: that of a request is a slice of its URL. */
  readonly refused: Map<string, AuthFailure>;
  /** Each of them may be refused yet. */
  readonly judging: Map<RoomSid, Promise<AuthResult>>;
  /** Then all is forgotten, also a verdict that never came; milliseconds of the clock for durations. */
  readonly until: number;
}

function isForbidden(verdict: AuthResult): verdict is AuthFailure {
  return typeof verdict === 'object' && 'error' in verdict && verdict.error === 'forbidden';
}

/** What is waited for while none of a token's rooms comes to a verdict, seconds. */
const TURN_SECONDS = 1;

/**
 * Bounds how many rooms a token is told that it does not open. All of them cost it the same, whether they are there or not and
 * whether they had to be looked up: what it is told next gives away neither, and invented ones end with the budget. Rooms that
 * it opens cost nothing; those that may yet be refused have to fit, and the others wait their turn.
 */
export class EnumerationLimiter {
  readonly #outside: Pick<AuthServices, 'now' | 'sleep'>;
  readonly #spent = new ExpiringCache<Spent>();

  constructor(outside: Pick<AuthServices, 'now' | 'sleep'>) {
    this.#outside = outside;
  }

  /** Gives the verdict about a room, where the token may still be told one. */
  async judge(token: string, roomSid: RoomSid, judge: Judge): Promise<AuthResult> {
    return this.#judgeNow(token, roomSid, judge) ?? this.#judgeInTurn(token, roomSid, judge);
  }

  async #judgeInTurn(token: string, roomSid: RoomSid, judge: Judge): Promise<AuthResult> {
    const { now, sleep } = this.#outside;
    const endsAt = now() + ROOM_LOOKUP_TIMEOUT_MS;
    for (;;) {
      const next = Promise.race(this.#spentBy(token).judging.values());
      await withTimeout(next, endsAt - now(), sleep);
      // The rooms before it may have ended in the same moment, and only because their own time was over.
      if (now() >= endsAt) break;
      const verdict = this.#judgeNow(token, roomSid, judge);
      if (verdict !== undefined) return verdict;
    }
    return authUnavailable(TURN_SECONDS, 'other rooms of this token are still looked up');
  }

  /** Undefined where it has to wait its turn. */
  #judgeNow(token: string, roomSid: RoomSid, judge: Judge): AuthResult | Promise<AuthResult> | undefined {
    const spent = this.#spentBy(token);
    const { refused, judging, until } = spent;
    const before = refused.get(roomSid);
    if (before !== undefined) return before;
    const left = ENUMERATION_LIMIT - refused.size;
    if (left === 0) {
      const seconds = (until - this.#outside.now()) / 1000;
      return authUnavailable(
        seconds,
        `token was refused ${ENUMERATION_LIMIT} rooms in ${ENUMERATION_WINDOW_MS / 1000} s`,
      );
    }
    // A room that is being judged has its place; whoever looks rooms up does so once for all who ask.
    return judging.has(roomSid) || judging.size < left ? this.#begin(spent, roomSid, judge) : undefined;
  }

  async #begin({ refused, judging }: Spent, roomSid: RoomSid, judge: Judge): Promise<AuthResult> {
    const pending = judge();
    judging.set(roomSid, pending);
    const verdict = await pending;
    if (isForbidden(verdict)) refused.set(copyString(roomSid), verdict);
    judging.delete(roomSid);
    return verdict;
  }

  #spentBy(token: string): Spent {
    const now = this.#outside.now();
    const known = this.#spent.get(token, now);
    if (known !== undefined) return known;
    const spent: Spent = { refused: new Map(), judging: new Map(), until: now + ENUMERATION_WINDOW_MS };
    this.#spent.set(token, spent, spent.until);
    return spent;
  }
}
