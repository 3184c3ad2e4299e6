import { equal, holds } from '@room-recordings/testing/cases';
import { createCase, expectFailure, expectRecording } from './assertions.ts';
import type { FaultHarness, HarnessOptions, ReceivedResponse } from './fault-harness.ts';
import {
  CACHE_STATES,
  EMPTY,
  FRESH,
  REQUEST_KINDS,
  type CacheState,
  type Failure,
  type FaultCase,
  type RequestKind,
} from './fault.ts';

/** A Cache API that fails behind the memory. */
interface FailingCache extends HarnessOptions {
  readonly name: string;
  /** Resolves when a write has begun that never ends. */
  readonly waitForWrite: () => Promise<void>;
}

const never = () => new Promise<never>(() => undefined);
const fail = () => Promise.reject(new Error('The cache is not available.'));
const sendHtml = () => Promise.resolve(new Response('<html>', { headers: { 'content-type': 'text/html' } }));

function createHangingCache(): FailingCache {
  const waiting: (() => void)[] = [];
  const put = () => {
    for (const resolve of waiting.splice(0)) resolve();
    return never();
  };
  return {
    name: 'hangs',
    cacheApi: { match: never, put, delete: never },
    waitForWrite: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

const FAILING_CACHES: readonly FailingCache[] = [
  { name: 'throws', cacheApi: { match: fail, put: fail, delete: fail }, waitForWrite: never },
  createHangingCache(),
  {
    name: 'returns HTML',
    cacheApi: { match: sendHtml, put: async () => undefined, delete: async () => true },
    waitForWrite: never,
  },
];

/** The sources behind the store. A source that is retried would take too long for the assertions. */
const SOURCES = [
  { name: 'works', misbehaviour: 'good' },
  { name: 'sends invalid JSON', misbehaviour: 'invalidJson' },
] as const;

type SourceMisbehaviour = (typeof SOURCES)[number]['misbehaviour'];

/** A store that fails is a miss and never an error. A response in memory, fresh or stale, is served as without the failure. */
const FAILING_STORE_CASES: readonly FaultCase[] = FAILING_CACHES.flatMap((cache) =>
  SOURCES.flatMap((source) =>
    CACHE_STATES.flatMap((state) =>
      REQUEST_KINDS.map((kind) => {
        const title = `the Cache API ${cache.name} and Twilio ${source.name}`;
        return createCase(
          { title, state, kind },
          (harness) => proveMiss(harness, cache, source.misbehaviour, state, kind),
          cache,
        );
      }),
    ),
  ),
);

/** The cases of a store that fails, and of a stored 404. */
export const STORE_CASES: readonly FaultCase[] = [
  ...FAILING_STORE_CASES,
  ...REQUEST_KINDS.map((kind) =>
    createCase(
      { title: 'a recording that did not exist is found when its 404 expires', state: EMPTY, kind },
      (harness) => proveLateRecording(harness, kind),
    ),
  ),
];

const INVALID: Failure = { status: 502, error: 'upstream_invalid' };
const HIT = /^room-recordings; hit; ttl=\d+$/;
const REVALIDATING = /^room-recordings; hit; ttl=-7\d; detail=stale-while-revalidate$/;

/** The Cache-Status of a response; undefined for a failure. */
const CACHE_STATUS = {
  fresh: { good: HIT, invalidJson: HIT },
  'stale-while-revalidate': { good: REVALIDATING, invalidJson: REVALIDATING },
  'stale-if-error': {
    good: /^room-recordings; fwd=stale; fwd-status=200; stored$/,
    invalidJson: /^room-recordings; fwd=stale; fwd-status=502; detail=stale-if-error$/,
  },
  empty: { good: /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/, invalidJson: undefined },
} as const;

async function proveLateRecording(harness: FaultHarness, kind: RequestKind): Promise<void> {
  const request = () => harness.request(kind.toInit('*'));
  const missing: Failure = { status: 404, error: 'not_found' };
  harness.misbehave('status-404');
  const missed = 'room-recordings; fwd=uri-miss; fwd-status=404; stored';
  expectFailure(await request(), kind.name, missing, missed);
  harness.misbehave(undefined);
  harness.clock.skip(9_000);
  expectFailure(await request(), kind.name, missing, 'room-recordings; hit; ttl=1');
  equal(harness.calls(), 1, 'calls while the 404 is stored');
  harness.clock.skip(1_000);
  expectRecording(await request(), kind.name, /^room-recordings; fwd=stale; fwd-status=200; stored$/);
  equal(harness.calls(), 2, 'calls');
}

async function proveMiss(
  harness: FaultHarness,
  cache: FailingCache,
  misbehaviour: SourceMisbehaviour,
  state: CacheState,
  kind: RequestKind,
): Promise<void> {
  let etag = '*';
  if (state.age !== undefined) {
    etag = (await requestInTime(harness, cache)).headers.get('etag') ?? '';
    harness.clock.skip(state.age * 1000);
  }
  const calls = harness.calls();
  harness.misbehave(misbehaviour);
  const cacheStatus = CACHE_STATUS[state.name][misbehaviour];
  const response = await requestInTime(harness, cache, kind.toInit(etag));
  if (cacheStatus === undefined) {
    expectFailure(response, kind.name, INVALID, 'room-recordings; fwd=uri-miss; fwd-status=502');
  } else {
    expectRecording(response, kind.name, cacheStatus);
  }
  equal(harness.calls() - calls, state === FRESH ? 0 : 1, 'calls');
  harness.misbehave(undefined);
  const next = await requestInTime(harness, cache, kind.toInit(etag));
  const isStored = misbehaviour === 'good' || state === FRESH;
  if (isStored) expectRecording(next, kind.name, HIT);
  else holds(next.status < 400, 'the next request succeeds', next.status);
  equal(harness.calls() - calls, (state === FRESH ? 0 : 1) + (isStored ? 0 : 1), 'calls in all');
}

/** Requests the recording, and asserts that the store delays the response by at most 100 ms. */
async function requestInTime(
  harness: FaultHarness,
  cache: FailingCache,
  init: RequestInit = {},
): Promise<ReceivedResponse> {
  const written = cache.waitForWrite();
  const startedAt = harness.clock.now();
  const pending = harness.request(init);
  await harness.clock.advance(100);
  const response = await pending;
  const ms = harness.clock.now() - startedAt;
  holds(ms <= 100, 'the response takes at most 100 ms', ms);
  const settled = harness.settle();
  await Promise.race([settled, written]);
  // A store that hangs keeps the runtime awake for 10 s.
  await harness.clock.advance(10_000);
  await settled;
  return response;
}
