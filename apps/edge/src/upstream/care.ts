import { RecordingsError, type RoomRecording } from '@room-recordings/core';
import type { Delay } from '@room-recordings/http-cache';
import type { RecordingId } from '../route.ts';
import type { Source } from '../source/source.ts';
import { Breaker } from './breaker.ts';
import { Caps } from './caps.ts';
import { Pause } from './pause.ts';
import { DEADLINE_MS, LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS } from './policy.ts';
import { RetryBudget } from './retry-budget.ts';
import { countsAsFailure, isWorthRepeating } from './verdict.ts';
import { Withheld } from './withheld.ts';

/** What care needs of the outside. */
export interface CareOutside {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly delay: Delay;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** Whether something stale may be served while the source refuses the credentials. */
  readonly staleOnUpstreamAuth: boolean;
}

/** One try of a read. */
type Try = { readonly recording: RoomRecording } | { readonly fault: unknown; readonly mayRepeat: boolean };

/**
 * Reads a source with care: within one time budget, with one retry where it helps, not while the account is to be left
 * alone or the source is down, and never as a crowd (policy.ts). It knows of this isolate or process alone.
 *
 * @throws {Withheld} for a read that was not made; else what the source throws.
 */
export function careFor(source: Source, { now, delay, random, staleOnUpstreamAuth }: CareOutside): Source {
  const breaker = new Breaker();
  const caps = new Caps();
  const pause = new Pause(staleOnUpstreamAuth);
  const budget = new RetryBudget();

  /** Says why a call may not be made now, by throwing it. */
  function admit(): void {
    pause.check(now());
    const wait = breaker.wait(now());
    if (wait > 0) throw new Withheld('circuit-open', 'circuit_open', Math.ceil(wait / 1000));
    const crowded = caps.wait(now());
    if (crowded > 0) throw new Withheld('overloaded', 'overloaded', Math.ceil(crowded / 1000));
  }

  async function tryToRead(id: RecordingId, signal: AbortSignal): Promise<Try> {
    admit();
    const call = breaker.begin();
    caps.begin(now());
    let fault: unknown;
    try {
      return { recording: await source.read(id, signal) };
    } catch (thrown) {
      fault = thrown;
      if (fault instanceof RecordingsError) pause.note(fault, now());
      return { fault, mayRepeat: !call.isProbe && isWorthRepeating(fault) };
    } finally {
      caps.end(fault instanceof RecordingsError && fault.code === 'not_found', now());
      call.settle(fault !== undefined && countsAsFailure(fault), now());
    }
  }

  /** The second try, where the budgets allow it; undefined where there is none. */
  async function tryAgain(id: RecordingId, signal: AbortSignal, endsAt: number): Promise<Try | undefined> {
    const ms = SHORTEST_PAUSE_MS + random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
    if (now() + ms >= endsAt || !budget.spend()) return undefined;
    await delay(ms, signal);
    try {
      return await tryToRead(id, signal);
    } catch {
      // Withheld now: what the first try met is the answer.
      return undefined;
    }
  }

  return {
    async read(id) {
      const endsAt = now() + DEADLINE_MS;
      const deadline = new AbortController();
      const timer = new AbortController();
      void delay(DEADLINE_MS, timer.signal).then(() => deadline.abort());
      try {
        budget.earn();
        let last = await tryToRead(id, deadline.signal);
        if ('fault' in last && last.mayRepeat) last = (await tryAgain(id, deadline.signal, endsAt)) ?? last;
        if ('fault' in last) throw last.fault;
        return last.recording;
      } finally {
        timer.abort();
      }
    },
  };
}
