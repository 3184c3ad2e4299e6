import { equal } from '@room-recordings/testing/cases';
import { runCases, type Report } from '@room-recordings/testing/run-cases';
import type { UpstreamOrigins } from '@room-recordings/testing/upstreams';
import {
  createCase,
  enterState,
  expectAborted,
  expectCalls,
  expectFailure,
  expectLogged,
  expectNoSecrets,
  expectRecording,
  expectSameHeaders,
  findFailure,
} from './assertions.ts';
import { CONCURRENCY_CASES } from './concurrency-cases.ts';
import { createSid, type FaultHarness, type ReceivedResponse } from './fault-harness.ts';
import {
  EMPTY,
  FRESH,
  FRESH_SECONDS,
  REQUEST_KINDS,
  STALE_IF_ERROR,
  STALE_WHILE_REVALIDATE,
  type CacheState,
  type Fault,
  type FaultCase,
  type RequestKind,
} from './fault.ts';
import { FAULTS } from './faults.ts';
import { OUTAGE_CASES } from './outage-cases.ts';
import {
  expectFreshness,
  expectRecoveryFromEmpty,
  expectRecoveryFromRefresh,
  expectRecoveryFromStale,
  expectSharedCache,
  formatFailedStatus,
  requestDuringFault,
  staleIfErrorStatus,
  watchHang,
  type Scenario,
} from './recovery.ts';
import { STORE_CASES } from './store-cases.ts';

/** Asserts a scenario, and returns the response while the fault is new. */
type Proof = (scenario: Scenario) => Promise<ReceivedResponse>;

const PROOFS: readonly (readonly [CacheState, Proof])[] = [
  [FRESH, proveFresh],
  [STALE_WHILE_REVALIDATE, proveStaleWhileRevalidate],
  [STALE_IF_ERROR, proveStaleIfError],
  [EMPTY, proveEmpty],
];

/** Every fault in every state of the cache with every kind of request, and then the cases with several requests. */
export const CASES: readonly FaultCase[] = [
  ...FAULTS.flatMap((fault) => createFaultCases(fault)),
  ...OUTAGE_CASES,
  ...CONCURRENCY_CASES,
  ...STORE_CASES,
];

/** Some faults of each effect, for runtimes with a Cache API, which is behind the memory as in production. */
export const CACHE_API_CASES: readonly FaultCase[] = FAULTS.filter(
  ({ hasCacheApiCases }) => hasCacheApiCases,
).flatMap((fault) => createFaultCases(fault, true));

/** Runs the cases on this runtime, and those with the Cache API if the runtime has one. */
export async function runFaultCases(origins: UpstreamOrigins): Promise<Report> {
  const context = { origins, isWorkerd: false };
  if (!('caches' in globalThis)) return runCases(CASES, context);
  const cacheApi = await caches.open(crypto.randomUUID());
  return runCases([...CASES, ...CACHE_API_CASES], { ...context, cacheApi });
}

/** Creates the cases of a fault, in memory alone or with the Cache API of the runtime behind the memory. */
function createFaultCases(fault: Fault, hasCacheApi = false): readonly FaultCase[] {
  return PROOFS.flatMap(([state, prove]) =>
    REQUEST_KINDS.map((kind) =>
      createCase({ title: fault.name, state, kind, hasCacheApi }, async (harness, { isWorkerd }) => {
        const runtimeFault = isWorkerd ? { ...fault, ...fault.inWorkerd } : fault;
        const response = await startScenario({ fault: runtimeFault, state, kind, harness }, prove);
        if (kind.name === 'HEAD' && response.status >= 400) {
          await expectHeadersOfGet(response, { fault: runtimeFault, state, harness }, prove);
        }
      }),
    ),
  );
}

async function startScenario(scenario: Omit<Scenario, 'etag'>, prove: Proof): Promise<ReceivedResponse> {
  const { fault, state, harness } = scenario;
  const etag = await enterState(harness, state);
  if (fault.reusesConnection) await openReusableConnection(harness);
  harness.misbehave(fault.misbehaviour);
  const response = await prove({ ...scenario, etag });
  if (fault.reusesConnection && state !== FRESH) await expectReused(harness);
  return response;
}

/** Runs the scenario by GET in another harness, because the problem of a HEAD has only headers. */
async function expectHeadersOfGet(
  head: ReceivedResponse,
  { fault, state, harness }: Omit<Scenario, 'etag' | 'kind'>,
  prove: Proof,
): Promise<void> {
  const [kind] = REQUEST_KINDS;
  const twin = harness.createTwin();
  expectSameHeaders(head, await startScenario({ fault, state, kind, harness: twin }, prove));
  await expectNoSecrets(twin);
}

/** Requests another recording, so that there is an open connection for the next call. */
async function openReusableConnection(harness: FaultHarness): Promise<void> {
  harness.misbehave('keep');
  await harness.request({}, createSid());
}

async function expectReused(harness: FaultHarness): Promise<void> {
  const call = (await harness.fetchCallLog()).find(({ line }) => line.startsWith('GET /resetKept/'));
  equal(call?.isKept, true, 'whether the call reused a connection');
}

/** A fault has no effect, because a fresh response needs no call. */
async function proveFresh(scenario: Scenario): Promise<ReceivedResponse> {
  const { kind, harness, etag } = scenario;
  const response = await harness.request(kind.toInit(etag));
  expectRecording(response, kind.name, new RegExp(`^room-recordings; hit; ttl=${FRESH_SECONDS - 10}$`));
  equal(response.headers.get('age'), '10', 'Age');
  equal(harness.calls(), scenario.fault.reusesConnection ? 2 : 1, 'calls');
  await expectSharedCache(scenario);
  return response;
}

/** A stale response is served at once, and the refresh in the background meets the fault. */
async function proveStaleWhileRevalidate(scenario: Scenario): Promise<ReceivedResponse> {
  const { fault, kind, harness, etag } = scenario;
  const before = harness.calls();
  const waitForWork = watchHang(harness, fault.hang);
  const startedAt = harness.clock.now();
  const response = await harness.request(kind.toInit(etag));
  expectRecording(response, kind.name, /^room-recordings; hit; ttl=-60; detail=stale-while-revalidate$/);
  equal(harness.clock.now() - startedAt, 0, 'milliseconds until the response');
  await waitForWork(harness.settle());
  expectCalls(harness, before, fault.calls);
  expectLogged(harness, fault);
  await expectAborted(harness, fault);
  await expectSharedCache(scenario);
  await expectRecoveryFromRefresh(scenario);
  return response;
}

/** The edge calls Twilio first, and serves the stale response if the fault allows it. */
async function proveStaleIfError(scenario: Scenario): Promise<ReceivedResponse> {
  const { fault, kind, harness, etag } = scenario;
  const before = harness.calls();
  const response = await requestDuringFault(harness, fault, kind.toInit(etag));
  expectCalls(harness, before, fault.calls);
  expectLogged(harness, fault);
  await expectAborted(harness, fault);
  if (fault.effect === 'evicts' || fault.effect === 'auth') {
    expectFailure(response, kind.name, findFailure(fault), formatFailedStatus(fault, 'stale'));
  } else {
    expectRecording(response, fault.changesRecording ? toChangedKind(kind) : kind.name, toStaleStatus(fault));
  }
  if (fault.effect === 'stale-if-error') equal(response.headers.get('etag'), etag, 'ETag');
  await expectSharedCache(scenario);
  await expectRecoveryFromStale(scenario);
  return response;
}

/** A conditional request for a changed recording gets the response of a GET. */
function toChangedKind({ name }: RequestKind): RequestKind['name'] {
  return name === 'If-None-Match' ? 'GET' : name;
}

function toStaleStatus(fault: Fault): RegExp {
  if (fault.effect === 'varies') {
    return /^room-recordings; fwd=stale; fwd-status=(?:200; stored|502; detail=stale-if-error)$/;
  }
  if (fault.effect === 'stale-if-error') return staleIfErrorStatus(findFailure(fault));
  return /^room-recordings; fwd=stale; fwd-status=200; stored$/;
}

/** The response is the failure, which is not stored, so the edge recovers as soon as Twilio does. */
async function proveEmpty(scenario: Scenario): Promise<ReceivedResponse> {
  const { fault, kind, harness, etag } = scenario;
  const before = harness.calls();
  const response = await requestDuringFault(harness, fault, kind.toInit(etag));
  expectCalls(harness, before, fault.calls);
  expectLogged(harness, fault);
  await expectAborted(harness, fault);
  if (fault.effect === 'refreshes' || (fault.effect === 'varies' && response.status < 400)) {
    expectRecording(response, kind.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
    equal(response.headers.get('age'), null, 'Age');
    await expectSharedCache(scenario);
    await expectFreshness(scenario);
    return response;
  }
  expectFailure(response, kind.name, findFailure(fault, response), formatFailedStatus(fault, 'uri-miss'));
  await expectSharedCache(scenario);
  await expectRecoveryFromEmpty(scenario);
  return response;
}
