import type { ErrorCode } from '../../src/http/error-codes.ts';
import type { DeadEnds } from './unreachable-servers.ts';
import type { Sight } from './barrier.ts';

/** Places that cannot be reached, or should not be believed. */
type DeadEndAddresses = Omit<DeadEnds, 'stop'>;

/** The addresses of everything that the edge is sent to. */
export type Addresses = DeadEndAddresses & {
  readonly twilio: string;
  /** The same Twilio, for connections that are kept. */
  readonly keepAliveTwilio: string;
};

/** What a reader gets while nothing is stored. */
export interface Failure {
  readonly status: number;
  readonly error: ErrorCode;
  /** Seconds; none where it is left out. */
  readonly retryAfter?: number;
  /** A part of `detail`. */
  readonly detail?: string;
  /** Whether somebody has to be woken. */
  readonly alarm?: boolean;
}

/** When a hanging upstream is waited for no longer. */
export interface Hang {
  /** What the edge has to have seen before time passes: its request gone out, the headers, or a piece of the body. */
  readonly after: Sight;
  /** Milliseconds that pass then. */
  readonly pass: number;
}

/** One fault of faults-and-load: what the upstream does, and what comes of it. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /** What the fake Twilio does, or which address is asked instead of it. */
  readonly act: string | { readonly address: keyof DeadEndAddresses };
  /**
   * What the fault is to the cache: `covered` by something stale, `evicts` what is stored, `auth` evicts it too and is
   * answered with 502, `refreshes` it (as if there were no fault), or `open`: covered or refreshed, as the runtime's own
   * client decides.
   */
  readonly effect: 'covered' | 'evicts' | 'auth' | 'refreshes' | 'open';
  /** What a reader gets while nothing is stored; none for what refreshes. */
  readonly failure?: Failure;
  /** Another error that it may be, where the runtime's own client decides. */
  readonly orError?: ErrorCode;
  /** Calls that are made at the least, and at the most. */
  readonly calls: readonly [least: number, most: number];
  /** What is otherwise in workerd, whose fetch does not say what failed. */
  readonly inWorkerd?: Pick<Row, 'calls'> & Partial<Pick<Row, 'effect' | 'failure'>>;
  /** Whether what refreshes says something else than before. */
  readonly changes?: boolean;
  /** Seconds that what refreshes is fresh; default: of a completed recording. */
  readonly lifetime?: number;
  /** Seconds for which the failure itself is kept. */
  readonly kept?: number;
  /** Seconds for which no other call is made. */
  readonly pause?: number;
  /** Why it is not, in Cache-Status; for a pause that lets what is stale be served. */
  readonly withheld?: 'rate-limited' | 'unavailable';
  /** Whether the call goes out on a connection that was kept from one before. */
  readonly isOnKept?: boolean;
  readonly hang?: Hang;
  /** Bytes that are taken of a call at the most before its connection is closed; for what does not end by itself. */
  readonly takes?: number;
  /** Milliseconds of the fake clock that the answer takes at the most; default 1,000. */
  readonly within?: number;
}

export const ONE: Row['calls'] = [1, 1];
export const TWO: Row['calls'] = [2, 2];
