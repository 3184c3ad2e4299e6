import { RecordingsError, type RoomRecording } from '@room-recordings/core';
import type { Delay } from '@room-recordings/http-cache';
import { startDeadline } from '../deadline.ts';
import type { ErrorCode } from '../error-codes.ts';
import type { RecordingId } from '../route.ts';
import type { ReadOptions, Source } from '../source/source.ts';
import { openAccount } from './account.ts';
import type { WatchedCall } from './breaker.ts';
import type { Against, LimitedCall } from './call-limiter.ts';
import { FailureBackoff } from './failure-backoff.ts';
import { RememberedFailure } from './remembered-failure.ts';
import { DEADLINE_MS, LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS } from './policy.ts';
import { RetryBudget } from './retry-budget.ts';
import { takeTurn } from './turn.ts';
import { countsAsFailure, isOfResource, isOutage, isWorthRepeating } from './verdict.ts';
import { Withheld } from './withheld.ts';

/** What care needs of the outside. */
export interface CareOutside {
  /** Milliseconds, for durations: it never goes back. */
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
  /** Whom the calls are counted for. */
  readonly caller: string;
  readonly signal: AbortSignal;
  readonly onCall: ReadOptions['onCall'];
  /** Milliseconds, of the monotonic clock. */
  readonly endsAt: number;
}

/** What keeps a call from being made. */
type Refusal = RecordingsError | Withheld;

/** A call that has begun, as the breaker and the limiter count it. */
interface Begun {
  readonly call: WatchedCall;
  readonly counted: LimitedCall;
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
 * @throws {Withheld} for a read that was not made; else what the source throws.
 */
export function careFor(source: Source, outside: CareOutside): Source {
  const { now, delay, random } = outside;
  const account = openAccount(outside.staleOnUpstreamAuth);
  const { limiter, pause, breaker } = account;
  const backoff = new FailureBackoff();
  const budget = new RetryBudget();

  /** Why no call may be made now, whoever asks; undefined where one may. */
  function refusal(): Refusal | undefined {
    const at = now();
    return pause.refusal(at) ?? withhold('circuit-open', 'circuit_open', breaker.wait(at));
  }

  /** Begins a call at once, or refuses. */
  function begin({ id, caller }: Reading): Begun | Refusal {
    const refused = refusal() ?? withholdFrom(limiter.judge(caller, now()));
    return refused ?? beginNow(id, caller);
  }

  function beginNow(id: RecordingId, caller: string): Begun {
    return { call: breaker.begin(now(), nameOf(id)), counted: limiter.begin(caller, now()) };
  }

  /** Begins the first call of a read, when it is its turn. */
  async function beginInTurn({ id, caller, signal }: Reading): Promise<Begun | Refusal> {
    const begun = await takeTurn<Begun | Refusal>(limiter, outside, {
      caller,
      signal,
      check: refusal,
      begin: () => beginNow(id, caller),
    });
    return 'kind' in begun ? withholdFrom(begun) : begun;
  }

  async function tryToRead({ id, signal, onCall }: Reading, { call, counted }: Begun): Promise<Try> {
    const resource = nameOf(id);
    let fault: unknown;
    try {
      const recording = await source.read(id, { signal, onCall });
      pause.succeed();
      return { recording };
    } catch (thrown) {
      fault = thrown instanceof RecordingsError ? pause.note(thrown, resource, now()) : thrown;
      return { fault, mayRepeat: !call.isProbe && isWorthRepeating(fault), wasProbe: call.isProbe };
    } finally {
      const isMissing = fault instanceof RecordingsError && fault.code === 'not_found';
      counted.end(fault === undefined ? 'something' : isMissing ? 'nothing' : 'failure', now());
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
    const refused = refusal() ?? withholdFrom(limiter.judge(reading.caller, now()));
    if (refused !== undefined) return unlessRefused(first, refused);
    const ms = SHORTEST_PAUSE_MS + random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
    if (now() + ms >= reading.endsAt || !budget.spend()) return first;
    await delay(ms, reading.signal);
    const begun = begin(reading);
    if (!(begun instanceof Error)) return tryToRead(reading, begun);
    budget.giveBack();
    return unlessRefused(first, begun);
  }

  return {
    account,
    async read(id, { onCall, caller = NAMELESS } = {}) {
      const refused = pause.refusal(now()) ?? backoff.recall(nameOf(id), now()) ?? refusal();
      if (refused !== undefined) throw refused;
      const deadline = startDeadline(DEADLINE_MS, delay);
      const reading = { id, caller, signal: deadline.signal, onCall, endsAt: now() + DEADLINE_MS };
      try {
        const begun = await beginInTurn(reading);
        if (begun instanceof Error) throw begun;
        let last = await tryToRead(reading, begun);
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

/** Makes of what is against a call of a caller what its read has to throw; undefined where nothing is. */
function withholdFrom(against: Against): Withheld;
function withholdFrom(against: Against | undefined): Withheld | undefined;
function withholdFrom(against: Against | undefined): Withheld | undefined {
  if (against === undefined) return undefined;
  const error = against.kind === 'refused' ? against.error : 'overloaded';
  return withhold(error === 'rate_limited' ? 'caller-limited' : 'overloaded', error, Math.max(1, against.ms));
}

/** What a read met, unless the credentials were refused meanwhile: that alone keeps what is stale from being served. */
function unlessRefused(first: Failure, refused: Refusal): Failure {
  return refused instanceof Withheld ? first : { fault: refused, mayRepeat: false, wasProbe: false };
}
