import type { CacheApi } from '@room-recordings/http-cache';
import type { Case } from '@room-recordings/testing/cases';
import type { UpstreamOrigins } from '@room-recordings/testing/upstreams';
import type { ErrorCode } from '../../src/http/error-codes.ts';

/** A misbehaviour of the fake Twilio, or the server that receives the calls instead. */
export type Misbehaviour = string | { readonly server: Exclude<keyof UpstreamOrigins, 'twilio'> };

/** The response of the edge while nothing is stored. */
export interface Failure {
  readonly status: number;
  readonly error: ErrorCode;
  /** Seconds; undefined without a Retry-After. */
  readonly retryAfter?: number;
  /** A part of `detail`. */
  readonly detail?: string;
  /** Whether the log entry is an alert. Default: false. */
  readonly isAlert?: boolean;
}

/** A step of a call to Twilio: the request is sent, the headers have arrived, a chunk of the body has arrived. */
export type CallStep = 'request' | 'headers' | 'chunk';

/** When the time advances for an upstream that hangs. */
export interface Hang {
  /** The step that the call has reached before the time advances. */
  readonly after: CallStep;
  /** Milliseconds. */
  readonly advanceMs: number;
}

/** One fault of the upstream, and its effects. */
export interface Fault {
  /** A clause with Twilio as its subject, such as "Twilio refuses the connection". */
  readonly name: string;
  readonly misbehaviour: Misbehaviour;
  /**
   * The effect on the cache:
   *
   * - `stale-if-error`: a stale response is served;
   * - `evicts`: the stored response is deleted;
   * - `auth`: as `evicts`, and the edge responds with 502;
   * - `refreshes`: the response is stored, as without a fault;
   * - `varies`: `stale-if-error` or `refreshes`, which the `fetch` of the runtime decides.
   */
  readonly effect: 'stale-if-error' | 'evicts' | 'auth' | 'refreshes' | 'varies';
  /** The response while nothing is stored; undefined for a fault that refreshes. */
  readonly failure?: Failure;
  /** Another possible error, if the `fetch` of the runtime decides. */
  readonly alternativeError?: ErrorCode;
  /** The least and the greatest number of calls. */
  readonly calls: readonly [min: number, max: number];
  /** The differences in workerd, whose `fetch` does not report the cause of a failure. */
  readonly inWorkerd?: Pick<Fault, 'calls'> & Partial<Pick<Fault, 'effect' | 'failure'>>;
  /** Whether a response that refreshes differs from the stored one. Default: false. */
  readonly changesRecording?: boolean;
  /** Seconds for which a response that refreshes is fresh. Default: those of a completed recording. */
  readonly freshSeconds?: number;
  /** Seconds for which the failure itself is stored. */
  readonly storedSeconds?: number;
  /** Seconds for which no other call is made. */
  readonly cooldownSeconds?: number;
  /** The detail in Cache-Status during the cooldown, if stale responses are served then. */
  readonly cooldownDetail?: 'rate-limited' | 'unavailable';
  /** Whether the call uses a connection that an earlier call has opened. Default: false. */
  readonly reusesConnection?: boolean;
  readonly hang?: Hang;
  /** The most bytes that the edge reads before it closes the connection, for a body that does not end by itself. */
  readonly maxBytes?: number;
  /** The most milliseconds of the fake clock until the response. Default: 1,000. */
  readonly maxMs?: number;
  /** Whether the fault is also tested with the Cache API behind the memory. Default: false. */
  readonly hasCacheApiCases?: boolean;
}

export const ONE_CALL: Fault['calls'] = [1, 1];
export const TWO_CALLS: Fault['calls'] = [2, 2];

/** The age of the stored response when a fault begins. */
export interface CacheState {
  readonly name: 'fresh' | 'stale-while-revalidate' | 'stale-if-error' | 'empty';
  /** Seconds since it was stored; undefined if nothing is stored. */
  readonly age?: number;
}

/** Seconds for which a completed recording is fresh. */
export const FRESH_SECONDS = 300;

/** Seconds after which a stale response is served only if Twilio fails. */
export const STALE_IF_ERROR_SECONDS: number = FRESH_SECONDS + 600;

export const FRESH: CacheState = { name: 'fresh', age: 10 };
export const STALE_WHILE_REVALIDATE: CacheState = {
  name: 'stale-while-revalidate',
  age: FRESH_SECONDS + 60,
};
export const STALE_IF_ERROR: CacheState = { name: 'stale-if-error', age: STALE_IF_ERROR_SECONDS + 60 };
export const EMPTY: CacheState = { name: 'empty' };
export const CACHE_STATES: readonly CacheState[] = [FRESH, STALE_WHILE_REVALIDATE, STALE_IF_ERROR, EMPTY];

/** A kind of request for a recording. */
export interface RequestKind {
  readonly name: 'GET' | 'HEAD' | 'If-None-Match';
  /** Returns the request of a client that has stored the response with this ETag. */
  readonly toInit: (etag: string) => RequestInit;
}

export const REQUEST_KINDS: readonly [get: RequestKind, ...others: RequestKind[]] = [
  { name: 'GET', toInit: () => ({}) },
  { name: 'HEAD', toInit: () => ({ method: 'HEAD' }) },
  { name: 'If-None-Match', toInit: (etag) => ({ headers: { 'If-None-Match': etag } }) },
];

/** The servers and the runtime of a case. */
export interface FaultContext {
  readonly origins: UpstreamOrigins;
  readonly isWorkerd: boolean;
  /** The Cache API of the runtime, if it has one. */
  readonly cacheApi?: CacheApi | undefined;
}

/** A case of the fault matrix. */
export interface FaultCase extends Case<FaultContext> {
  readonly state: CacheState['name'];
  readonly kind: RequestKind['name'];
  /** Whether the case needs a runtime with a Cache API. */
  readonly hasCacheApi: boolean;
}
