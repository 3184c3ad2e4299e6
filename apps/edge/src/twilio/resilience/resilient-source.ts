import { RecordingsError, type RoomRecording } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { startTimeout } from '../../concurrency/timeout.ts';
import type { ErrorCode } from '../../http/error-codes.ts';
import type { SourceReadOptions, RecordingSource } from '../../recordings/recording-source.ts';
import type { RecordingRef } from '@room-recordings/core';
import { createAccountLimits } from './account-limits.ts';
import { type CallLimitResult, type CallPermit, acquireOrWait } from './call-limiter.ts';
import type { CircuitBreakerCall } from './circuit-breaker.ts';
import {
  RememberedError,
  isUpstreamFailure,
  isResourceError,
  isOutage,
  isRetryable,
  CallNotPermittedError,
} from './errors.ts';
import { READ_TIMEOUT_MS, RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS } from './policy.ts';
import { FailureBackoff, RetryBudget } from './retry-limits.ts';

/** What care needs of the outside. */
export interface ResilienceServices {
  /** Milliseconds, for durations: it never goes back. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** Whether something stale may be served while the source refuses the credentials. */
  readonly staleOnUpstreamAuth: boolean;
}

/** A read with all its tries. */
interface Reading {
  readonly id: RecordingRef;
  /** Whom the calls are counted for. */
  readonly caller: string;
  readonly signal: AbortSignal;
  readonly onCall: SourceReadOptions['onAttempt'];
  /** Milliseconds, of the monotonic clock. */
  readonly endsAt: number;
}

/** What keeps a call from being made. */
type Refusal = RecordingsError | CallNotPermittedError;

/** A call that has begun, as the breaker and the limiter count it. */
interface Begun {
  readonly call: CircuitBreakerCall;
  readonly counted: CallPermit;
}

/** Who reads where nobody is named. */
const NAMELESS = 'nameless';

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
 * @throws {CallNotPermittedError} for a read that was not made; else what the source throws.
 */
export function withResilience(source: RecordingSource, outside: ResilienceServices): RecordingSource {
  const { now, sleep, random } = outside;
  const account = createAccountLimits(outside.staleOnUpstreamAuth);
  const { limiter, cooldown, breaker } = account;
  const backoff = new FailureBackoff();
  const budget = new RetryBudget();

  /** Why no call may be made now, whoever asks; undefined where one may. */
  function refusal(): Refusal | undefined {
    const at = now();
    return cooldown.check(at) ?? withhold('circuit-open', 'circuit_open', breaker.retryAfterMs(at));
  }

  /** Begins a call at once, or refuses. */
  function begin({ id, caller }: Reading): Begun | Refusal {
    const refused = refusal() ?? withholdFrom(limiter.check(caller, now()));
    return refused ?? beginNow(id, caller);
  }

  function beginNow(id: RecordingRef, caller: string): Begun {
    return { call: breaker.start(now(), nameOf(id)), counted: limiter.acquire(caller, now()) };
  }

  /** Begins the first call of a read, when it is its turn. */
  async function beginInTurn({ id, caller, signal }: Reading): Promise<Begun | Refusal> {
    const begun = await acquireOrWait<Begun | Refusal>(limiter, outside, {
      client: caller,
      signal,
      check: refusal,
      start: () => beginNow(id, caller),
    });
    return 'kind' in begun ? withholdFrom(begun) : begun;
  }

  async function tryToRead(
    { id, signal, onCall: onAttempt }: Reading,
    { call, counted }: Begun,
  ): Promise<Try> {
    const resource = nameOf(id);
    let fault: unknown;
    try {
      const recording = await source.read(id, { signal, onAttempt });
      cooldown.recordSuccess();
      return { recording };
    } catch (thrown) {
      fault = thrown instanceof RecordingsError ? cooldown.record(thrown, resource, now()) : thrown;
      return { fault, mayRepeat: !call.isProbe && isRetryable(fault), wasProbe: call.isProbe };
    } finally {
      const isMissing = fault instanceof RecordingsError && fault.code === 'not_found';
      counted.release(fault === undefined ? 'found' : isMissing ? 'not-found' : 'failed', now());
      const hasFailed = fault !== undefined && isUpstreamFailure(fault);
      if (!hasFailed) budget.deposit();
      call.record(isOutage(fault), now());
      if (call.isProbe && !isOutage(fault)) backoff.clear();
    }
  }

  /** Counts what a read came to for its recording alone; a probe that failed says that the source is still down. */
  function conclude(id: RecordingRef, last: Try): RoomRecording {
    const resource = nameOf(id);
    if ('recording' in last) {
      backoff.recordSuccess(resource);
      return last.recording;
    }
    const { fault, wasProbe } = last;
    if (!(fault instanceof RecordingsError) || fault instanceof RememberedError) throw fault;
    if (!isResourceError(fault)) backoff.recordSuccess(resource);
    else if (!wasProbe || !isOutage(fault)) backoff.recordFailure(resource, fault, now());
    throw fault;
  }

  /** The second try where it may help and is allowed; else what the first one met. */
  async function tryAgain(first: Failure, reading: Reading): Promise<Try> {
    // Looked at before the wait, because the first fault may itself have begun a pause or opened the breaker.
    const refused = refusal() ?? withholdFrom(limiter.check(reading.caller, now()));
    if (refused !== undefined) return unlessRefused(first, refused);
    const ms = RETRY_DELAY_MIN_MS + random() * (RETRY_DELAY_MAX_MS - RETRY_DELAY_MIN_MS);
    if (now() + ms >= reading.endsAt || !budget.tryWithdraw()) return first;
    await sleep(ms, reading.signal);
    const begun = begin(reading);
    if (!(begun instanceof Error)) return tryToRead(reading, begun);
    budget.refund();
    return unlessRefused(first, begun);
  }

  return {
    account,
    async read(id, { onAttempt: onCall, client: caller = NAMELESS } = {}) {
      const refused = cooldown.check(now()) ?? backoff.check(nameOf(id), now()) ?? refusal();
      if (refused !== undefined) throw refused;
      const deadline = startTimeout(READ_TIMEOUT_MS, sleep);
      const reading = { id, caller, signal: deadline.signal, onCall, endsAt: now() + READ_TIMEOUT_MS };
      try {
        const begun = await beginInTurn(reading);
        if (begun instanceof Error) throw begun;
        let last = await tryToRead(reading, begun);
        if ('fault' in last && last.mayRepeat) last = await tryAgain(last, reading);
        return conclude(id, last);
      } finally {
        deadline.clear();
      }
    },
  };
}

function nameOf({ roomSid, sid }: RecordingRef): string {
  return `${roomSid}/${sid}`;
}

function withhold(detail: string, error: ErrorCode, ms: number): CallNotPermittedError | undefined {
  return ms > 0 ? new CallNotPermittedError(detail, error, Math.ceil(ms / 1000)) : undefined;
}

/** Makes of what is against a call of a caller what its read has to throw; undefined where nothing is. */
function withholdFrom(against: CallLimitResult): CallNotPermittedError;
function withholdFrom(against: CallLimitResult | undefined): CallNotPermittedError | undefined;
function withholdFrom(against: CallLimitResult | undefined): CallNotPermittedError | undefined {
  if (against === undefined) return undefined;
  const error = against.kind === 'rejected' ? against.error : 'overloaded';
  return withhold(
    error === 'rate_limited' ? 'caller-limited' : 'overloaded',
    error,
    Math.max(1, against.retryAfterMs),
  );
}

/** What a read met, unless the credentials were refused meanwhile: that alone keeps what is stale from being served. */
function unlessRefused(first: Failure, refused: Refusal): Failure {
  return refused instanceof CallNotPermittedError
    ? first
    : { fault: refused, mayRepeat: false, wasProbe: false };
}
