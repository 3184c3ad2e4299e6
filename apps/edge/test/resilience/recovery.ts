import { equal, holds } from '@room-recordings/testing/cases';
import { expectFailure, expectRecording, findFailure, findUpstreamEntries } from './assertions.ts';
import type { FaultHarness, ReceivedResponse } from './fault-harness.ts';
import {
  EMPTY,
  FRESH,
  FRESH_SECONDS,
  STALE_IF_ERROR,
  type CacheState,
  type Failure,
  type Fault,
  type Hang,
  type RequestKind,
} from './fault.ts';

/** A fault, the state of the cache when it begins, and the kind of request that meets it. */
export interface Scenario {
  readonly fault: Fault;
  readonly state: CacheState;
  readonly kind: RequestKind;
  readonly harness: FaultHarness;
  /** The ETag of the stored response; `*` if nothing is stored. */
  readonly etag: string;
}

/**
 * Creates a function that waits for work and advances the time as often as a hanging upstream needs it. It must be created before the work
 * begins.
 *
 * @param hang undefined for an upstream that does not hang.
 */
export function watchHang(
  harness: FaultHarness,
  hang: Hang | undefined,
): (work: Promise<unknown>) => Promise<void> {
  if (hang === undefined) return async (work) => void (await work);
  let seen = harness.steps.count(hang.after);
  return async (work) => {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    for (;;) {
      if (hang.after === 'chunk') await harness.cue();
      seen += 1;
      await harness.steps.waitFor(hang.after, seen, done);
      if (isDone) return;
      await harness.clock.advance(hang.advanceMs);
    }
  };
}

/** Requests the recording, advances the time for a hanging upstream, and asserts the duration. */
export async function requestDuringFault(
  harness: FaultHarness,
  fault: Fault,
  init: RequestInit = {},
): Promise<ReceivedResponse> {
  const waitForWork = watchHang(harness, fault.hang);
  const startedAt = harness.clock.now();
  const pending = harness.request(init);
  await waitForWork(pending);
  const response = await pending;
  const { maxMs = 1_000 } = fault;
  const ms = harness.clock.now() - startedAt;
  holds(ms <= maxMs, `the response takes at most ${maxMs} ms`, ms);
  if (typeof fault.misbehaviour === 'string') {
    // Only the fake Twilio notices a redirect that the runtime follows. An aborted call may not arrive.
    const arrived = (await harness.fetchCallLog()).length;
    holds(arrived <= harness.calls(), 'the runtime sends no call of its own', arrived);
  }
  return response;
}

/** Returns the Cache-Status of a response that the fault has caused. */
export function formatFailedStatus(fault: Fault, reason: 'uri-miss' | 'stale'): string {
  const { storedSeconds } = fault;
  const stored = storedSeconds === undefined ? '' : '; stored';
  return `room-recordings; fwd=${reason}; fwd-status=${findFailure(fault).status}${stored}`;
}

/** Returns the Cache-Status of a stale response that is served because of a failure. */
export function staleIfErrorStatus({ status }: Failure): RegExp {
  return new RegExp(`^room-recordings; fwd=stale; fwd-status=${status}; detail=stale-if-error$`);
}

/** The failure of an isolate whose Twilio responds with 501. */
const DOWN: Failure = { status: 502, error: 'upstream_error' };

/** The milliseconds for which a failed background refresh is not repeated. */
const REFRESH_BACKOFF_MS = 1_000;

const REVALIDATING = /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/;
const REFRESHED = /^room-recordings; fwd=stale; fwd-status=200; stored$/;

/**
 * Asserts the content of the Cache API after a fault, if there is one. Another isolate finds a stale response as long as it may be served,
 * and a response that was just stored, but no evicted response.
 */
export async function expectSharedCache({ fault, state, harness, etag }: Scenario): Promise<void> {
  if (!harness.hasCacheApi) return;
  await harness.settle();
  const { effect, freshSeconds = FRESH_SECONDS } = fault;
  const hasFailed =
    effect === 'stale-if-error' || (effect === 'varies' && findUpstreamEntries(harness).length > 0);
  const response = await harness.requestFromNeighbour();
  if (state === FRESH) {
    expectRecording(response, 'GET', new RegExp(`^room-recordings; hit; ttl=${FRESH_SECONDS - 10}$`));
  } else if (effect === 'evicts' || effect === 'auth' || (hasFailed && state === EMPTY)) {
    expectFailure(response, 'GET', DOWN, 'room-recordings; fwd=uri-miss; fwd-status=502');
    return;
  } else if (!hasFailed) {
    // The duration of a call counts as age.
    const ttl = `(?:${freshSeconds}|${freshSeconds - 1})`;
    expectRecording(response, 'GET', new RegExp(`^room-recordings; hit; ttl=${ttl}$`));
  } else if (state === STALE_IF_ERROR) {
    expectRecording(response, 'GET', staleIfErrorStatus(DOWN));
  } else {
    expectRecording(response, 'GET', REVALIDATING);
  }
  if (hasFailed || state === FRESH) equal(response.headers.get('etag'), etag, 'ETag in the Cache API');
  await harness.settle();
}

/** Asserts the recovery from a fault that a background refresh has met. */
export async function expectRecoveryFromRefresh(scenario: Scenario): Promise<void> {
  const { fault, harness, etag } = scenario;
  const expectRecovery = findIndependentRecovery(scenario);
  if (expectRecovery !== undefined) return expectRecovery(scenario);
  const before = harness.calls();
  expectRecording(await harness.request(), 'GET', REVALIDATING);
  await harness.settle();
  equal(harness.calls() - before, 0, 'calls during the backoff');
  harness.clock.skip(REFRESH_BACKOFF_MS);
  const waitForWork = watchHang(harness, fault.hang);
  const stale = await harness.request();
  expectRecording(stale, 'GET', REVALIDATING);
  equal(stale.headers.get('etag'), etag, 'ETag');
  await waitForWork(harness.settle());
  endFault(scenario);
  harness.clock.skip(REFRESH_BACKOFF_MS);
  expectRecording(await harness.request(), 'GET', REVALIDATING);
  await harness.settle();
  await expectFreshness(scenario);
}

/** Asserts the recovery from a fault for which a stale response was served. */
export async function expectRecoveryFromStale(scenario: Scenario): Promise<void> {
  const { fault, harness, etag } = scenario;
  const expectRecovery = findIndependentRecovery(scenario);
  if (expectRecovery !== undefined) return expectRecovery(scenario);
  const { cooldownSeconds, cooldownDetail } = fault;
  const before = harness.calls();
  const stale = await requestDuringFault(harness, fault);
  const coolingDown = new RegExp(`^room-recordings; hit; ttl=-\\d+; detail=${cooldownDetail}$`);
  expectRecording(
    stale,
    'GET',
    cooldownSeconds === undefined ? staleIfErrorStatus(findFailure(fault)) : coolingDown,
  );
  equal(stale.headers.get('etag'), etag, 'ETag');
  if (cooldownSeconds !== undefined) equal(harness.calls() - before, 0, 'calls during the cooldown');
  endFault(scenario);
  expectRecording(await harness.request(), 'GET', REFRESHED);
  await expectFreshness(scenario);
}

/** Returns the assertion for a recovery that does not depend on the stale state; undefined if a stale response is served. */
function findIndependentRecovery({
  fault,
  harness,
}: Scenario): ((scenario: Scenario) => Promise<void>) | undefined {
  if (fault.effect === 'auth') return expectRecoveryFromEmpty;
  if (fault.effect === 'evicts') return expectEvicted;
  const isRefreshed = fault.effect === 'varies' && findUpstreamEntries(harness).length === 0;
  return fault.effect === 'refreshes' || isRefreshed ? expectFreshness : undefined;
}

/** Ends the misbehaviour and the cooldown. */
function endFault({ fault, harness }: Scenario): void {
  harness.misbehave(undefined);
  harness.clock.skip((fault.cooldownSeconds ?? 0) * 1000);
}

/** Asserts that the failure itself is stored, and that the evicted response does not return, even if Twilio fails later. */
async function expectEvicted({ fault, harness }: Scenario): Promise<void> {
  const { storedSeconds = 0 } = fault;
  const before = harness.calls();
  const hit = `room-recordings; hit; ttl=${storedSeconds}`;
  expectFailure(await harness.request(), 'GET', findFailure(fault), hit);
  equal(harness.calls() - before, 0, 'calls while the failure is stored');
  harness.clock.skip(storedSeconds * 1000);
  harness.misbehave('status-500');
  const failed = await harness.request();
  expectFailure(failed, 'GET', DOWN, 'room-recordings; fwd=stale; fwd-status=502');
  harness.misbehave(undefined);
  expectRecording(await harness.request(), 'GET', REFRESHED);
}

/** Asserts that no call is made during a cooldown and while the failure is stored, and that the next call then succeeds. */
export async function expectRecoveryFromEmpty({ fault, harness }: Scenario): Promise<void> {
  const { cooldownSeconds = 0, storedSeconds = 0, cooldownDetail } = fault;
  const before = harness.calls();
  harness.misbehave(undefined);
  if (cooldownSeconds + storedSeconds > 0) {
    const failed =
      cooldownDetail === undefined
        ? formatFailedStatus(fault, 'uri-miss')
        : `room-recordings; detail=${cooldownDetail}`;
    const cacheStatus = storedSeconds > 0 ? `room-recordings; hit; ttl=${storedSeconds}` : failed;
    expectFailure(await harness.request(), 'GET', findFailure(fault), cacheStatus);
    equal(harness.calls() - before, 0, 'calls during the cooldown');
    harness.clock.skip((cooldownSeconds + storedSeconds) * 1000);
  }
  const missed = /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/;
  expectRecording(await harness.request(), 'GET', storedSeconds > 0 ? REFRESHED : missed);
  equal(harness.calls() - before, 1, 'calls after the cooldown');
}

/** Asserts the freshness of a response that was just stored, whatever freshness Twilio sends, and one call when it is stale. */
export async function expectFreshness({ fault, harness }: Scenario): Promise<void> {
  const { freshSeconds = FRESH_SECONDS } = fault;
  // The duration of a call counts as age: here the delay before a retry.
  const ms = freshSeconds * 1000 - (fault.effect === 'refreshes' && harness.hasRetried() ? 150 : 0);
  const before = harness.calls();
  const first = await harness.request();
  expectRecording(first, 'GET', new RegExp(`^room-recordings; hit; ttl=${Math.floor(ms / 1000)}$`));
  equal(first.headers.get('age'), '0', 'Age at first');
  harness.clock.skip(ms - 1);
  const last = await harness.request();
  expectRecording(last, 'GET', /^room-recordings; hit; ttl=0$/);
  equal(last.headers.get('age'), String(freshSeconds - 1), 'Age at last');
  equal(harness.calls() - before, 0, 'calls while it is fresh');
  harness.clock.skip(1);
  const stale = await harness.request();
  // A stale response with the status `deleted` is not served during a refresh.
  const isDeleted = freshSeconds !== FRESH_SECONDS;
  const revalidating = /^room-recordings; hit; ttl=0; detail=stale-while-revalidate$/;
  expectRecording(stale, 'GET', isDeleted ? REFRESHED : revalidating);
  await harness.settle();
  if (fault.effect !== 'varies') equal(harness.calls() - before, 1, 'calls when it is stale');
}
