import { equal, holds } from '@room-recordings/testing/cases';
import { createRandom } from '@room-recordings/testing/random';
import { createCase, enterState, expectFailure, expectRecording } from './assertions.ts';
import { createSid, type FaultHarness, type ReceivedResponse } from './fault-harness.ts';
import {
  CACHE_STATES,
  EMPTY,
  FRESH,
  FRESH_SECONDS,
  REQUEST_KINDS,
  STALE_IF_ERROR,
  STALE_IF_ERROR_SECONDS,
  STALE_WHILE_REVALIDATE,
  type CacheState,
  type Failure,
  type FaultCase,
  type RequestKind,
} from './fault.ts';

/** The reads that open the circuit breaker, and one more. */
const READS_TO_OPEN = 21;
const SIMULTANEOUS_READS = 10;

const FAILURE_RATES = [0.2, 0.5].flatMap((share) => [
  { share, misbehaviour: 'status-500', failure: 'with 500' },
  { share, misbehaviour: 'reset', failure: 'by a reset' },
]);

/** Lifetimes with which a recording that is read once a second stays in a state from the second read on. */
const LIFETIMES = [
  { state: FRESH, lifetime: '3600/0/3600' },
  { state: STALE_WHILE_REVALIDATE, lifetime: '1/3600/3600' },
  { state: STALE_IF_ERROR, lifetime: '1/0/3600' },
] as const;

/** The misbehaviours of the upstream during the probe of a half-open circuit breaker. */
const PROBES = [
  { misbehaviour: 'good', effect: 'closes' },
  { misbehaviour: 'status-500', effect: 'reopens' },
] as const;

type ProbeMisbehaviour = (typeof PROBES)[number]['misbehaviour'];

/** Faults that last, and the recovery from them. */
export const OUTAGE_CASES: readonly FaultCase[] = REQUEST_KINDS.flatMap((kind): readonly FaultCase[] => [
  ...FAILURE_RATES.map(({ share, misbehaviour, failure }) => {
    const title = `${share * 100} % of the calls fail ${failure} in 1,000 reads of different recordings`;
    return createCase({ title, state: EMPTY, kind }, (harness) =>
      proveFailureRate(harness, share, misbehaviour, kind),
    );
  }),
  ...LIFETIMES.map(({ state, lifetime }) => {
    const title = 'half of the calls fail in 1,000 reads of one recording, and every read succeeds';
    return createCase({ title, state, kind }, (harness) => proveStaleReads(harness, state, kind), {
      variables: { LIFETIME_COMPLETED: lifetime },
    });
  }),
  ...CACHE_STATES.map((state) =>
    createCase(
      { title: 'the edge sends no call while the circuit breaker is open', state, kind },
      (harness) => proveOpen(harness, state, kind),
    ),
  ),
  createCase(
    { title: 'the edge sends at most 1.2 calls per read if Twilio always fails', state: EMPTY, kind },
    (harness) => proveAmplification(harness, kind),
  ),
  ...PROBES.flatMap(({ misbehaviour, effect }) =>
    CACHE_STATES.map((state) => {
      const title = `one of ten simultaneous reads is the probe, which ${effect} the circuit breaker`;
      return createCase({ title, state, kind }, (harness) => proveProbe(harness, misbehaviour, state, kind));
    }),
  ),
]);

/** Reads another recording every 50 ms. */
async function readMany(
  harness: FaultHarness,
  count: number,
  init: RequestInit = {},
): Promise<readonly ReceivedResponse[]> {
  const responses: ReceivedResponse[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    responses.push(await harness.request(init, createSid()));
    harness.clock.skip(50);
  }
  return responses;
}

/** Lets a share of the calls misbehave. */
function failSome(harness: FaultHarness, share: number, misbehaviour: string): void {
  const random = createRandom(1);
  harness.misbehave(() => (random() < share ? misbehaviour : 'good'));
}

async function proveFailureRate(
  harness: FaultHarness,
  share: number,
  misbehaviour: string,
  kind: RequestKind,
): Promise<void> {
  failSome(harness, share, misbehaviour);
  const responses = await readMany(harness, 1_000, kind.toInit('*'));
  const isSuccess = ({ status }: ReceivedResponse): boolean => status < 400;
  const successes = responses.filter(isSuccess).length;
  holds(harness.calls() <= 1_250, 'at most 1.25 calls per read', harness.calls());
  if (share === 0.2) {
    holds(successes >= 940, '94 % of the reads succeed', successes);
  } else {
    const opened = responses.findIndex((response) => isCircuitOpen(response));
    holds(opened >= 0, 'the circuit breaker opens', opened);
    holds(responses.slice(opened).some(isSuccess), 'the circuit breaker closes again', successes);
  }
  const allowed = new Set([kind.name === 'If-None-Match' ? 304 : 200, 502, 503]);
  const others = responses.map(({ status }) => status).filter((status) => !allowed.has(status));
  equal(others, [], 'other statuses');
}

function isCircuitOpen({ status, headers }: ReceivedResponse): boolean {
  return status === 503 && headers.get('cache-status')?.endsWith('; detail=circuit-open') === true;
}

/** Reads one recording every second. */
async function proveStaleReads(harness: FaultHarness, state: CacheState, kind: RequestKind): Promise<void> {
  await harness.request();
  failSome(harness, 0.5, 'status-500');
  const status = kind.name === 'If-None-Match' ? 304 : 200;
  let successes = 0;
  for (let nth = 0; nth < 1_000; nth += 1) {
    harness.clock.skip(1_000);
    if ((await harness.request(kind.toInit('*'))).status === status) successes += 1;
    await harness.settle();
  }
  equal(successes, 1_000, 'successful reads');
  if (state === FRESH) equal(harness.calls(), 1, 'calls');
  else holds(harness.calls() <= 1_250, 'at most 1.25 calls per read', harness.calls());
}

/** Fails until the circuit breaker opens, and returns the number of calls. */
async function openCircuit(harness: FaultHarness): Promise<number> {
  harness.misbehave('status-500');
  await readMany(harness, READS_TO_OPEN);
  return harness.calls();
}

async function proveOpen(harness: FaultHarness, state: CacheState, kind: RequestKind): Promise<void> {
  const { age } = state;
  await enterState(harness, state);
  const calls = await openCircuit(harness);
  const startedAt = harness.clock.now();
  const response = await harness.request(kind.toInit('*'));
  await harness.settle();
  if (age === undefined) {
    expectCircuitOpen(response, kind);
  } else if (age < FRESH_SECONDS) {
    expectRecording(response, kind.name, /^room-recordings; hit; ttl=\d+$/);
  } else {
    const detail = age < STALE_IF_ERROR_SECONDS ? 'stale-while-revalidate' : 'circuit-open';
    expectRecording(response, kind.name, new RegExp(`^room-recordings; hit; ttl=-\\d+; detail=${detail}$`));
  }
  equal(harness.calls() - calls, 0, 'calls');
  equal(harness.clock.now() - startedAt, 0, 'milliseconds until the response');
}

/** Asserts a Retry-After until the next probe, and that no call was made. */
function expectCircuitOpen(response: ReceivedResponse, kind: RequestKind): void {
  const seconds = Number(response.headers.get('retry-after'));
  holds(seconds >= 1 && seconds <= 5, 'Retry-After is the time until the probe', seconds);
  const failure: Failure = { status: 503, error: 'circuit_open', retryAfter: seconds };
  expectFailure(response, kind.name, failure, 'room-recordings; detail=circuit-open');
}

async function proveAmplification(harness: FaultHarness, kind: RequestKind): Promise<void> {
  harness.misbehave('status-500');
  const responses = await readMany(harness, 1_000, kind.toInit('*'));
  holds(harness.calls() <= 1_200, 'at most 1.2 calls per read', harness.calls());
  // The circuit breaker opens in the first ten of the fifty seconds, and then permits one call every five seconds.
  const probes = harness.calls() - 2 * READS_TO_OPEN;
  holds(probes <= 10, 'one probe every five seconds', probes);
  equal(responses.filter(({ status }) => status < 500).length, 0, 'successful reads');
}

async function proveProbe(
  harness: FaultHarness,
  misbehaviour: ProbeMisbehaviour,
  state: CacheState,
  kind: RequestKind,
): Promise<void> {
  const request = (sid = createSid()) => harness.request(kind.toInit('*'), sid);
  const sids = Array.from({ length: SIMULTANEOUS_READS }, () => createSid());
  if (state.age !== undefined) {
    for (const sid of sids) await harness.request({}, sid);
    harness.clock.skip(state.age * 1000);
  }
  const calls = await openCircuit(harness);
  harness.misbehave(misbehaviour);
  harness.clock.skip(5_000);
  const responses = await Promise.all(sids.map((sid) => request(sid)));
  await harness.settle();
  equal(harness.calls() - calls, state === FRESH ? 0 : 1, 'calls');
  expectOneProbe(responses, misbehaviour, state, kind);
  // Fresh responses need no probe, so the next read that misses is the probe.
  if (state === FRESH) expectProbe(await request(), misbehaviour, kind);
  equal(harness.calls() - calls, 1, 'probes');
  const next = await request();
  if (misbehaviour === 'good') expectProbe(next, misbehaviour, kind);
  else expectCircuitOpen(next, kind);
}

function expectProbe(response: ReceivedResponse, misbehaviour: ProbeMisbehaviour, kind: RequestKind): void {
  if (misbehaviour === 'good') {
    expectRecording(response, kind.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
  } else {
    const failure: Failure = { status: 502, error: 'upstream_error' };
    expectFailure(response, kind.name, failure, 'room-recordings; fwd=uri-miss; fwd-status=502');
  }
}

/** Asserts that one of the responses is that of the probe, unless the state needs none. */
function expectOneProbe(
  responses: readonly ReceivedResponse[],
  misbehaviour: ProbeMisbehaviour,
  state: CacheState,
  kind: RequestKind,
): void {
  if (state === EMPTY) {
    const byCircuit = (a: ReceivedResponse, b: ReceivedResponse) =>
      Number(isCircuitOpen(a)) - Number(isCircuitOpen(b));
    const [probe, ...others] = responses.toSorted(byCircuit);
    if (probe !== undefined) expectProbe(probe, misbehaviour, kind);
    for (const response of others) expectCircuitOpen(response, kind);
    return;
  }
  if (state !== STALE_IF_ERROR) {
    const hit =
      state === FRESH
        ? /^room-recordings; hit; ttl=\d+$/
        : /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/;
    for (const response of responses) expectRecording(response, kind.name, hit);
    return;
  }
  const forwarded = responses.filter(({ headers }) => headers.get('cache-status')?.includes('fwd=stale'));
  equal(forwarded.length, 1, 'responses with a call');
  const probed =
    misbehaviour === 'good' ? /fwd-status=200; stored$/ : /fwd-status=502; detail=stale-if-error$/;
  const open = /^room-recordings; hit; ttl=-\d+; detail=circuit-open$/;
  for (const response of responses) {
    expectRecording(response, kind.name, forwarded.includes(response) ? probed : open);
  }
}
