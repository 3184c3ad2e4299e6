import { equal } from '@room-recordings/testing/cases';
import type { Case } from './fault-case.ts';
import { expectFailure, expectRecording } from './response-assertions.ts';
import { makeCase, store } from './create-case.ts';
import type { Failure } from './fault.ts';
import { BEHIND, FRESH, NOTHING, PAST, WAYS, type State, type Way } from './cache-state.ts';
import { freshSid, type Came, type World } from './fault-harness.ts';

const OVERLOADED: Failure = { status: 503, error: 'overloaded', retryAfter: 1 };
const NOT_ASKED = 'room-recordings; detail=overloaded';

/** Many readers at once, and what is invalidated meanwhile. */
export const CROWD_CASES: readonly Case[] = WAYS.flatMap((way): readonly Case[] => [
  ...[NOTHING, BEHIND, PAST].map((state) => {
    const title = 'what is invalidated while it is read is not kept';
    return makeCase({ id: 'F36', title, state, way }, (world) => proveInvalidated(world, state, way));
  }),
  ...[FRESH, BEHIND, PAST, NOTHING].flatMap((state): readonly Case[] => {
    const scan = 'SIDs that lead nowhere, one after the other, cost five calls a second';
    const crowd = 'a crowd at once costs twenty calls, all others are told to wait';
    return [
      makeCase({ id: 'F40', title: scan, state, way }, (world) => proveScan(world, state, way)),
      makeCase({ id: 'F40', title: crowd, state, way }, (world) => proveCrowd(world, state, way)),
    ];
  }),
]);

async function proveInvalidated(world: World, state: State, way: Way): Promise<void> {
  await store(world, state);
  const before = world.calls();
  world.misbehave('held');
  const asking = world.ask(way.init('*'));
  await world.seen.until('request', before + 1, state === BEHIND ? new Promise(() => undefined) : asking);
  await world.purge();
  await world.cue();
  equal((await asking).status, way.name === 'If-None-Match' ? 304 : 200, 'status of who had asked');
  await world.settle();
  world.misbehave(undefined);
  const next = await world.ask(way.init('*'));
  expectRecording(next, way.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
  equal(world.calls() - before, 2, 'calls');
}

async function proveScan(world: World, state: State, way: Way): Promise<void> {
  await store(world, state);
  const before = world.calls();
  world.misbehave('status-404');
  const answers: Came[] = [];
  for (let nth = 0; nth < 100; nth += 1) answers.push(await world.ask(way.init('*'), freshSid()));
  equal(answers.filter(({ status }) => status === 404).length, 5, 'answers of 404');
  equal(world.calls() - before, 5, 'calls');
  for (const came of answers.slice(5)) expectFailure(came, way.name, OVERLOADED, NOT_ASKED);
  await proveOthersServed(world, state, way);
}

async function proveCrowd(world: World, state: State, way: Way): Promise<void> {
  await store(world, state);
  const before = world.calls();
  world.misbehave('silent');
  const waiting = Array.from({ length: 20 }, () => world.ask(way.init('*'), freshSid()));
  await world.seen.until('request', before + 20, Promise.all(waiting));
  const refused = await Promise.all(Array.from({ length: 100 }, () => world.ask(way.init('*'), freshSid())));
  for (const came of refused) expectFailure(came, way.name, OVERLOADED, NOT_ASKED);
  equal(world.calls() - before, 20, 'calls');
  await proveOthersServed(world, state, way);
  await world.clock.advance(10_000);
  await world.clock.advance(10_000);
  const late = await Promise.all(waiting);
  equal(late.filter(({ status }) => status === 504).length, 20, 'answers that came late');
  world.misbehave(undefined);
  world.clock.skip(10_000);
  equal((await world.ask({}, freshSid())).status, 200, 'status once they are gone');
}

/** What is stored is answered all the while; that costs no call, nor does what is not stored. */
async function proveOthersServed(world: World, state: State, way: Way): Promise<void> {
  const before = world.calls();
  const came = await world.ask(way.init('*'));
  // Not until all is settled: of the crowd some still wait.
  await world.clock.advance(0);
  if (state === NOTHING) expectFailure(came, way.name, OVERLOADED, NOT_ASKED);
  else expectRecording(came, way.name, CACHE_STATUS_BESIDE[state.name]);
  equal(world.calls() - before, 0, 'calls for what is stored');
}

const CACHE_STATUS_BESIDE: Readonly<Record<State['name'], RegExp>> = {
  fresh: /^room-recordings; hit; ttl=\d+$/,
  'stale, to be refreshed behind': /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/,
  'stale, past that': /^room-recordings; hit; ttl=-\d+; detail=overloaded$/,
  nothing: /^$/,
};
