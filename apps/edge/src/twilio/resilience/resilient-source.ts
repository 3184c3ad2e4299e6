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

/** The services of a resilient source. */
export interface ResilienceServices {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /** Whether stale responses may be served while the source rejects the credentials. */
  readonly staleOnUpstreamAuth: boolean;
}

/** A read with its attempts. */
interface Read {
  readonly id: RecordingRef;
  /** The name of `id` in the breaker and the backoff. */
  readonly resource: string;
  /** The client that the calls are counted for. */
  readonly client: string;
  readonly signal: AbortSignal;
  readonly onAttempt: SourceReadOptions['onAttempt'];
  /** Milliseconds of the monotonic clock. */
  readonly endsAt: number;
}

/** The error of a read that may not call the source. */
type NotAllowedError = RecordingsError | CallNotPermittedError;

/** A call that the circuit breaker and the call limiter count. */
interface StartedCall {
  readonly breakerCall: CircuitBreakerCall;
  readonly permit: CallPermit;
}

/** The client of reads without a client. */
const UNNAMED_CLIENT = 'unnamed';

/** A failed attempt. */
interface Failure {
  readonly error: unknown;
  readonly retryable: boolean;
  readonly wasProbe: boolean;
}

/** The result of one attempt. */
type AttemptResult = { readonly recording: RoomRecording } | Failure;

/**
 * Wraps a source with the limits of `policy.ts`: one total timeout, one retry if it may succeed, the call limits and cooldowns of
 * the account, the circuit breaker, and the backoff of failing recordings. The limits apply to this isolate or process only.
 *
 * @throws {CallNotPermittedError} if a limit did not permit the call. All other errors are those of the source.
 */
export function withResilience(source: RecordingSource, services: ResilienceServices): RecordingSource {
  const { now, sleep, random } = services;
  const account = createAccountLimits(services.staleOnUpstreamAuth);
  const { limiter, cooldown, breaker } = account;
  const backoff = new FailureBackoff();
  const budget = new RetryBudget();

  /** Returns the error that applies to all clients; undefined if the source may be called. */
  function checkAllowed(): NotAllowedError | undefined {
    const at = now();
    return cooldown.check(at) ?? notPermitted('circuit-open', 'circuit_open', breaker.retryAfterMs(at));
  }

  /** Returns the error that applies to a call of one client now; undefined if it may start. */
  function checkCall({ client }: Read): NotAllowedError | undefined {
    return checkAllowed() ?? toLimitError(limiter.check(client, now()));
  }

  function startCall({ resource, client }: Read): StartedCall {
    return { breakerCall: breaker.start(now(), resource), permit: limiter.acquire(client, now()) };
  }

  /** Starts the first call of a read, which may wait for capacity. */
  async function startOrWait(read: Read): Promise<StartedCall | NotAllowedError> {
    const started = await acquireOrWait<StartedCall | NotAllowedError>(limiter, services, {
      client: read.client,
      signal: read.signal,
      check: checkAllowed,
      start: () => startCall(read),
    });
    return 'kind' in started ? toLimitError(started) : started;
  }

  async function attempt(read: Read, { breakerCall, permit }: StartedCall): Promise<AttemptResult> {
    const { id, resource, signal, onAttempt } = read;
    const { isProbe } = breakerCall;
    let error: unknown;
    try {
      const recording = await source.read(id, { signal, onAttempt });
      cooldown.recordSuccess();
      return { recording };
    } catch (thrown) {
      error = thrown instanceof RecordingsError ? cooldown.record(thrown, resource, now()) : thrown;
      return { error, retryable: !isProbe && isRetryable(error), wasProbe: isProbe };
    } finally {
      const isNotFound = error instanceof RecordingsError && error.code === 'not_found';
      permit.release(error === undefined ? 'found' : isNotFound ? 'not-found' : 'failed', now());
      const hasFailed = error !== undefined && isUpstreamFailure(error);
      if (!hasFailed) budget.deposit();
      breakerCall.record(isOutage(error), now());
      if (isProbe && !isOutage(error)) backoff.clear();
    }
  }

  /** Makes the retry if it is allowed; otherwise returns the first failure. */
  async function retry(first: Failure, read: Read): Promise<AttemptResult> {
    // The check precedes the delay, because the first failure may have started a cooldown or opened the circuit.
    const error = checkCall(read);
    if (error !== undefined) return preferAuthError(first, error);
    const ms = RETRY_DELAY_MIN_MS + random() * (RETRY_DELAY_MAX_MS - RETRY_DELAY_MIN_MS);
    if (now() + ms >= read.endsAt || !budget.tryWithdraw()) return first;
    await sleep(ms, read.signal);
    const errorAfterDelay = checkCall(read);
    if (errorAfterDelay === undefined) return attempt(read, startCall(read));
    budget.refund();
    return preferAuthError(first, errorAfterDelay);
  }

  /** Counts the result for the backoff of its recording. A failed probe is an outage, and does not count for its recording. */
  function conclude(resource: string, result: AttemptResult): RoomRecording {
    if ('recording' in result) {
      backoff.recordSuccess(resource);
      return result.recording;
    }
    const { error, wasProbe } = result;
    if (!(error instanceof RecordingsError) || error instanceof RememberedError) throw error;
    if (!isResourceError(error)) backoff.recordSuccess(resource);
    else if (!wasProbe || !isOutage(error)) backoff.recordFailure(resource, error, now());
    throw error;
  }

  return {
    account,
    async read(id, { onAttempt, client = UNNAMED_CLIENT } = {}) {
      const resource = `${id.roomSid}/${id.sid}`;
      const error = cooldown.check(now()) ?? backoff.check(resource, now()) ?? checkAllowed();
      if (error !== undefined) throw error;
      const timeout = startTimeout(READ_TIMEOUT_MS, sleep);
      const { signal } = timeout;
      const read = { id, resource, client, signal, onAttempt, endsAt: now() + READ_TIMEOUT_MS };
      try {
        const started = await startOrWait(read);
        if (started instanceof Error) throw started;
        let result = await attempt(read, started);
        if ('error' in result && result.retryable) result = await retry(result, read);
        return conclude(resource, result);
      } finally {
        timeout.clear();
      }
    },
  };
}

function notPermitted(detail: string, error: ErrorCode, ms: number): CallNotPermittedError | undefined {
  return ms > 0 ? new CallNotPermittedError(detail, error, Math.ceil(ms / 1000)) : undefined;
}

/** Converts the result of the call limiter to the error that a read throws; undefined if the call may start. */
function toLimitError(result: CallLimitResult): CallNotPermittedError;
function toLimitError(result: CallLimitResult | undefined): CallNotPermittedError | undefined;
function toLimitError(result: CallLimitResult | undefined): CallNotPermittedError | undefined {
  if (result === undefined) return undefined;
  const error = result.kind === 'rejected' ? result.error : 'overloaded';
  const detail = error === 'rate_limited' ? 'client-limited' : 'overloaded';
  return notPermitted(detail, error, Math.max(1, result.retryAfterMs));
}

/** Returns the first failure, or an auth error instead: only that one keeps a stale response from being served. */
function preferAuthError(first: Failure, error: NotAllowedError): Failure {
  return error instanceof CallNotPermittedError ? first : { error, retryable: false, wasProbe: false };
}
