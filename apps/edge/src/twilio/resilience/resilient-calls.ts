import { RecordingsError } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { startTimeout } from '../../concurrency/timeout.ts';
import type { ErrorCode } from '../../http/error-codes.ts';
import { createAccountLimits, type AccountLimits } from './account-limits.ts';
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

/** The services of resilient calls. */
export interface ResilienceServices {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /** Whether stale responses may be served while the source rejects the credentials. */
  readonly staleOnUpstreamAuth: boolean;
}

/** A call to the source, and the names that its limits use. */
interface ResilientCall<T> {
  /** The name of the resource in the breaker and the backoff. */
  readonly resource: string;
  /** The client that the call is counted for. Default: a client that all such calls share. */
  readonly client?: string | undefined;
  /** Makes one attempt. */
  readonly attempt: (signal: AbortSignal) => Promise<T>;
  /** Returns whether a result means that the resource does not exist. Default: only the error `not_found` does. */
  readonly isNotFound?: (result: T) => boolean;
}

/** Calls to one account within the limits of `policy.ts`. */
export interface ResilientCalls {
  readonly account: AccountLimits;
  /**
   * Makes a call: one total timeout, one retry if it may succeed, the call limits and cooldowns of the account, the circuit breaker, and the
   * backoff of failing resources.
   *
   * @throws {CallNotPermittedError} if a limit did not permit the call. All other errors are those of the source.
   */
  run<T>(call: ResilientCall<T>): Promise<T>;
}

/** A call with its attempts. */
interface RunningCall<T> extends Required<ResilientCall<T>> {
  readonly client: string;
  readonly signal: AbortSignal;
  /** Milliseconds of the monotonic clock. */
  readonly endsAt: number;
}

/** The error of a call that may not be made. */
type NotAllowedError = RecordingsError | CallNotPermittedError;

/** A call that the circuit breaker and the call limiter count. */
interface StartedCall {
  readonly breakerCall: CircuitBreakerCall;
  readonly permit: CallPermit;
}

/** The client of calls without a client. */
const UNNAMED_CLIENT = 'unnamed';

/** A failed attempt. */
interface Failure {
  readonly error: unknown;
  readonly retryable: boolean;
  readonly wasProbe: boolean;
}

/** The result of one attempt. */
type AttemptResult<T> = { readonly value: T } | Failure;

/** Creates the calls to one account. The limits apply to this isolate or process only. */
export function createResilientCalls({
  now,
  sleep,
  random,
  staleOnUpstreamAuth,
}: ResilienceServices): ResilientCalls {
  const account = createAccountLimits(staleOnUpstreamAuth);
  const { limiter, cooldown, breaker } = account;
  const backoff = new FailureBackoff();
  const budget = new RetryBudget();

  /** Returns the error that applies to all clients; undefined if the source may be called. */
  function checkAllowed(): NotAllowedError | undefined {
    const at = now();
    return cooldown.check(at) ?? notPermitted('circuit-open', 'circuit_open', breaker.retryAfterMs(at));
  }

  /** Returns the error that applies to a call of one client now; undefined if it may start. */
  function checkCall(client: string): NotAllowedError | undefined {
    return checkAllowed() ?? toLimitError(limiter.check(client, now()));
  }

  function startCall(resource: string, client: string): StartedCall {
    return { breakerCall: breaker.start(now(), resource), permit: limiter.acquire(client, now()) };
  }

  /** Starts the first attempt of a call, which may wait for capacity. */
  async function startOrWait<T>(call: RunningCall<T>): Promise<StartedCall | NotAllowedError> {
    const started = await acquireOrWait<StartedCall | NotAllowedError>(
      limiter,
      { now, sleep },
      {
        client: call.client,
        signal: call.signal,
        check: checkAllowed,
        start: () => startCall(call.resource, call.client),
      },
    );
    return 'kind' in started ? toLimitError(started) : started;
  }

  async function attempt<T>(
    call: RunningCall<T>,
    { breakerCall, permit }: StartedCall,
  ): Promise<AttemptResult<T>> {
    const { isProbe } = breakerCall;
    let error: unknown;
    let outcome: 'found' | 'not-found' | 'failed' = 'failed';
    try {
      const value = await call.attempt(call.signal);
      cooldown.recordSuccess();
      outcome = call.isNotFound(value) ? 'not-found' : 'found';
      return { value };
    } catch (thrown) {
      error = thrown instanceof RecordingsError ? cooldown.record(thrown, call.resource, now()) : thrown;
      if (error instanceof RecordingsError && error.code === 'not_found') outcome = 'not-found';
      return { error, retryable: !isProbe && isRetryable(error), wasProbe: isProbe };
    } finally {
      permit.release(outcome, now());
      const hasFailed = error !== undefined && isUpstreamFailure(error);
      if (!hasFailed) budget.deposit();
      breakerCall.record(isOutage(error), now());
      if (isProbe && !isOutage(error)) backoff.clear();
    }
  }

  /** Makes the retry if it is allowed; otherwise returns the first failure. */
  async function retry<T>(first: Failure, call: RunningCall<T>): Promise<AttemptResult<T>> {
    const { resource, client } = call;
    // The check precedes the delay, because the first failure may have started a cooldown or opened the circuit.
    const error = checkCall(client);
    if (error !== undefined) return preferAuthError(first, error);
    const ms = RETRY_DELAY_MIN_MS + random() * (RETRY_DELAY_MAX_MS - RETRY_DELAY_MIN_MS);
    if (now() + ms >= call.endsAt || !budget.tryWithdraw()) return first;
    await sleep(ms, call.signal);
    const errorAfterDelay = checkCall(client);
    if (errorAfterDelay === undefined) return attempt(call, startCall(resource, client));
    budget.refund();
    return preferAuthError(first, errorAfterDelay);
  }

  /** Counts the result for the backoff of its resource. A failed probe is an outage, and does not count for its resource. */
  function conclude<T>(resource: string, result: AttemptResult<T>): T {
    if ('value' in result) {
      backoff.recordSuccess(resource);
      return result.value;
    }
    const { error, wasProbe } = result;
    if (!(error instanceof RecordingsError) || error instanceof RememberedError) throw error;
    if (!isResourceError(error)) backoff.recordSuccess(resource);
    else if (!wasProbe || !isOutage(error)) backoff.recordFailure(resource, error, now());
    throw error;
  }

  return {
    account,
    async run({ resource, client = UNNAMED_CLIENT, attempt: makeAttempt, isNotFound = () => false }) {
      const error = cooldown.check(now()) ?? backoff.check(resource, now()) ?? checkAllowed();
      if (error !== undefined) throw error;
      const timeout = startTimeout(READ_TIMEOUT_MS, sleep);
      const { signal } = timeout;
      const endsAt = now() + READ_TIMEOUT_MS;
      const call = { resource, client, attempt: makeAttempt, isNotFound, signal, endsAt };
      try {
        const started = await startOrWait(call);
        if (started instanceof Error) throw started;
        let result = await attempt(call, started);
        if ('error' in result && result.retryable) result = await retry(result, call);
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
