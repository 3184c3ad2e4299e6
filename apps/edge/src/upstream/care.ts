import { RecordingsError, type RoomRecording } from '@room-recordings/core';
import type { Delay } from '@room-recordings/http-cache';
import { startDeadline } from '../deadline.ts';
import type { ErrorCode } from '../error-codes.ts';
import type { RecordingId } from '../route.ts';
import type { ReadOptions, Source } from '../source/source.ts';
import { openAccount } from './account.ts';
import { FailureBackoff } from './failure-backoff.ts';
import { RememberedFailure } from './remembered-failure.ts';
import { DEADLINE_MS, LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS } from './policy.ts';
import { RetryBudget } from './retry-budget.ts';
import { countsAsFailure, isOfResource, isOutage, isWorthRepeating } from './verdict.ts';
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

/** A read with all its tries. */
interface Reading {
  readonly id: RecordingId;
  readonly signal: AbortSignal;
  readonly onCall: ReadOptions['onCall'];
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

/** A try that came to nothing. */
interface Failure {
  readonly fault: unknown;
  readonly mayRepeat: boolean;
  readonly wasProbe: boolean;
}

/** One try of a read. */
type Try = { readonly recording: RoomRecording } | Failure;

/**
 * Reads a source with care: within one time budget, with one retry where it helps, not while the account is to be left
 * alone or the source is down, and never as a crowd (policy.ts). It knows of this isolate or process alone.
 *
 * @throws {Withheld} for a read that was not made; else what the source throws.
 */
export function careFor(source: Source, outside: CareOutside): Source {
  const { now, delay, random } = outside;
  const account = openAccount(outside.staleOnUpstreamAuth);
  const { caps, pause, breaker } = account;
  const backoff = new FailureBackoff();
  const budget = new RetryBudget();

  /** Why a call may not be made now; undefined where it may. */
  function refusal(): RecordingsError | Withheld | undefined {
    const at = now();
    return (
      pause.refusal(at) ??
      withhold('circuit-open', 'circuit_open', breaker.wait(at)) ??
      withhold('overloaded', 'overloaded', caps.wait(at))
    );
  }

  async function tryToRead({ id, signal, onCall }: Reading): Promise<Try> {
    const resource = nameOf(id);
    const call = breaker.begin(now(), resource);
    const counted = caps.begin(now());
    let fault: unknown;
    try {
      const recording = await source.read(id, { signal, onCall });
      pause.succeed();
      return { recording };
    } catch (thrown) {
      fault = thrown instanceof RecordingsError ? pause.note(thrown, resource, now()) : thrown;
      return { fault, mayRepeat: !call.isProbe && isWorthRepeating(fault), wasProbe: call.isProbe };
    } finally {
      counted.end(fault instanceof RecordingsError && fault.code === 'not_found', now());
      const hasFailed = fault !== undefined && countsAsFailure(fault);
      if (!hasFailed) budget.earn();
      call.settle(isOutage(fault), now());
      if (call.isProbe && !isOutage(fault)) backoff.clear();
    }
  }

  /** Counts what a read came to for its recording alone; a probe that failed says that the source is still down. */
  function conclude(id: RecordingId, last: Try): RoomRecording {
    const resource = nameOf(id);
    if ('recording' in last) {
      backoff.succeed(resource);
      return last.recording;
    }
    const { fault, wasProbe } = last;
    if (!(fault instanceof RecordingsError) || fault instanceof RememberedFailure) throw fault;
    if (!isOfResource(fault)) backoff.succeed(resource);
    else if (!wasProbe || !isOutage(fault)) backoff.fail(resource, fault, now());
    throw fault;
  }

  /** The second try where it may help and is allowed; else what the first one met. */
  async function tryAgain(first: Failure, reading: Reading): Promise<Try> {
    // Looked at before the wait, because the first fault may itself have begun a pause or opened the breaker.
    const refused = refusal();
    if (refused !== undefined) return unlessRefused(first, refused);
    const ms = SHORTEST_PAUSE_MS + random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
    if (now() + ms >= reading.endsAt || !budget.spend()) return first;
    await delay(ms, reading.signal);
    const refusedSince = refusal();
    if (refusedSince === undefined) return tryToRead(reading);
    budget.giveBack();
    return unlessRefused(first, refusedSince);
  }

  return {
    account,
    async read(id, { onCall } = {}) {
      const refused = pause.refusal(now()) ?? backoff.recall(nameOf(id), now()) ?? refusal();
      if (refused !== undefined) throw refused;
      const deadline = startDeadline(DEADLINE_MS, delay);
      const reading = { id, signal: deadline.signal, onCall, endsAt: now() + DEADLINE_MS };
      try {
        let last = await tryToRead(reading);
        if ('fault' in last && last.mayRepeat) last = await tryAgain(last, reading);
        return conclude(id, last);
      } finally {
        deadline.end();
      }
    },
  };
}

function nameOf({ roomSid, sid }: RecordingId): string {
  return `${roomSid}/${sid}`;
}

function withhold(detail: string, error: ErrorCode, ms: number): Withheld | undefined {
  return ms > 0 ? new Withheld(detail, error, Math.ceil(ms / 1000)) : undefined;
}

/** What a read met, unless the credentials were refused meanwhile: that alone keeps what is stale from being served. */
function unlessRefused(first: Failure, refused: RecordingsError | Withheld): Failure {
  return refused instanceof Withheld ? first : { fault: refused, mayRepeat: false, wasProbe: false };
}
