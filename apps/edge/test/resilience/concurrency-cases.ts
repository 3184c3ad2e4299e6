import { equal } from '@room-recordings/testing/cases';
import { createCase, enterState, expectFailure, expectRecording } from './assertions.ts';
import { createSid, type FaultHarness, type ReceivedResponse } from './fault-harness.ts';
import {
  CACHE_STATES,
  EMPTY,
  FRESH,
  FRESH_SECONDS,
  REQUEST_KINDS,
  STALE_IF_ERROR,
  STALE_WHILE_REVALIDATE,
  type CacheState,
  type Failure,
  type FaultCase,
  type RequestKind,
} from './fault.ts';

const OVERLOADED: Failure = { status: 503, error: 'overloaded', retryAfter: 1 };
const NO_CALL = 'room-recordings; detail=overloaded';
const FOLLOWERS = 5;

/**
 * Simultaneous requests, purges, and clients that disconnect. Here a signal aborts a request, as runtimes report a disconnect. The tests in
 * `process/disconnect.test.ts` close real connections.
 */
export const CONCURRENCY_CASES: readonly FaultCase[] = REQUEST_KINDS.flatMap((kind): readonly FaultCase[] => [
  ...[EMPTY, STALE_WHILE_REVALIDATE, STALE_IF_ERROR].map((state) =>
    createCase({ title: 'a response that is purged during its call is not stored', state, kind }, (harness) =>
      provePurge(harness, state, kind),
    ),
  ),
  ...CACHE_STATES.flatMap((state): readonly FaultCase[] => [
    createCase(
      { title: 'a scan of SIDs that do not exist costs five calls a second', state, kind },
      (harness) => proveScan(harness, state, kind),
    ),
    createCase(
      { title: '120 simultaneous reads cost twenty calls, and the others get 503', state, kind },
      (harness) => proveOverload(harness, state, kind),
    ),
  ]),
  createCase({ title: 'a client that disconnects from a hit costs no call', state: FRESH, kind }, (harness) =>
    proveDisconnectFromHit(harness, kind),
  ),
  createCase(
    {
      title: 'a background refresh continues after its client disconnects',
      state: STALE_WHILE_REVALIDATE,
      kind,
    },
    (harness) => proveRefreshContinues(harness, kind),
  ),
  ...[STALE_IF_ERROR, EMPTY].map((state) =>
    createCase(
      {
        title: 'the first client disconnects and the clients that share its call get the response',
        state,
        kind,
      },
      (harness) => proveFollowers(harness, state, kind),
    ),
  ),
]);

async function provePurge(harness: FaultHarness, state: CacheState, kind: RequestKind): Promise<void> {
  await enterState(harness, state);
  const before = harness.calls();
  harness.misbehave('held');
  const pending = harness.request(kind.toInit('*'));
  const work = state === STALE_WHILE_REVALIDATE ? new Promise(() => undefined) : pending;
  await harness.steps.waitFor('request', before + 1, work);
  await harness.purge();
  await harness.cue();
  equal((await pending).status, kind.name === 'If-None-Match' ? 304 : 200, 'status of the pending request');
  await harness.settle();
  harness.misbehave(undefined);
  const next = await harness.request(kind.toInit('*'));
  expectRecording(next, kind.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
  equal(harness.calls() - before, 2, 'calls');
}

async function proveScan(harness: FaultHarness, state: CacheState, kind: RequestKind): Promise<void> {
  await enterState(harness, state);
  const before = harness.calls();
  harness.misbehave('status-404');
  const responses: ReceivedResponse[] = [];
  for (let nth = 0; nth < 100; nth += 1) responses.push(await harness.request(kind.toInit('*'), createSid()));
  equal(responses.filter(({ status }) => status === 404).length, 5, 'responses with 404');
  equal(harness.calls() - before, 5, 'calls');
  for (const response of responses.slice(5)) expectFailure(response, kind.name, OVERLOADED, NO_CALL);
  await expectStoredServed(harness, state, kind);
}

async function proveOverload(harness: FaultHarness, state: CacheState, kind: RequestKind): Promise<void> {
  await enterState(harness, state);
  const before = harness.calls();
  const requestMany = (length: number) =>
    Array.from({ length }, () => harness.request(kind.toInit('*'), createSid()));
  harness.misbehave('silent');
  const pending = requestMany(20);
  await harness.steps.waitFor('request', before + 20, Promise.all(pending));
  for (const response of await Promise.all(requestMany(100))) {
    expectFailure(response, kind.name, OVERLOADED, NO_CALL);
  }
  equal(harness.calls() - before, 20, 'calls');
  await expectStoredServed(harness, state, kind);
  await harness.clock.advance(10_000);
  await harness.clock.advance(10_000);
  const late = await Promise.all(pending);
  equal(late.filter(({ status }) => status === 504).length, 20, 'responses with 504');
  harness.misbehave(undefined);
  harness.clock.skip(10_000);
  equal((await harness.request({}, createSid())).status, 200, 'status after the overload');
}

/** Asserts that a stored response is served during an overload, and that neither a hit nor a miss costs a call. */
async function expectStoredServed(
  harness: FaultHarness,
  state: CacheState,
  kind: RequestKind,
): Promise<void> {
  const before = harness.calls();
  const response = await harness.request(kind.toInit('*'));
  // Not `settle`, because some of the reads are still pending.
  await harness.clock.advance(0);
  if (state === EMPTY) expectFailure(response, kind.name, OVERLOADED, NO_CALL);
  else expectRecording(response, kind.name, STORED_CACHE_STATUS[state.name]);
  equal(harness.calls() - before, 0, 'calls for the stored response');
}

const STORED_CACHE_STATUS: Readonly<Record<CacheState['name'], RegExp>> = {
  fresh: /^room-recordings; hit; ttl=\d+$/,
  'stale-while-revalidate': /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/,
  'stale-if-error': /^room-recordings; hit; ttl=-\d+; detail=overloaded$/,
  empty: /^$/,
};

async function proveDisconnectFromHit(harness: FaultHarness, kind: RequestKind): Promise<void> {
  const etag = await enterState(harness, FRESH);
  const client = new AbortController();
  const pending = harness.request({ ...kind.toInit(etag), signal: client.signal });
  client.abort();
  await pending;
  const next = await harness.request(kind.toInit(etag));
  expectRecording(next, kind.name, new RegExp(`^room-recordings; hit; ttl=${FRESH_SECONDS - 10}$`));
  equal(harness.calls(), 1, 'calls');
}

async function proveRefreshContinues(harness: FaultHarness, kind: RequestKind): Promise<void> {
  const etag = await enterState(harness, STALE_WHILE_REVALIDATE);
  harness.misbehave('held');
  const client = new AbortController();
  await harness.request({ ...kind.toInit(etag), signal: client.signal });
  client.abort();
  equal(harness.background.length, 1, 'refreshes in the background');
  await harness.cue();
  await harness.settle();
  expectRecording(await harness.request(kind.toInit(etag)), kind.name, /^room-recordings; hit; ttl=300$/);
  equal(harness.calls(), 2, 'calls');
}

async function proveFollowers(harness: FaultHarness, state: CacheState, kind: RequestKind): Promise<void> {
  const etag = await enterState(harness, state);
  const before = harness.calls();
  harness.misbehave('held');
  const client = new AbortController();
  const leader = harness.request({ ...kind.toInit(etag), signal: client.signal });
  await harness.steps.waitFor('request', before + 1, leader);
  const followers = Array.from({ length: FOLLOWERS }, () => harness.request(kind.toInit(etag)));
  // The followers run until they wait for the call.
  await harness.clock.advance(0);
  client.abort();
  await harness.cue();
  const reason = state === EMPTY ? 'uri-miss' : 'stale';
  for (const response of await Promise.all(followers)) {
    expectRecording(response, kind.name, new RegExp(`^room-recordings; fwd=${reason}; collapsed$`));
  }
  equal(harness.calls() - before, 1, 'calls');
  await leader;
}
