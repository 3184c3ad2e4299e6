import { equal, type Case, type Surroundings } from './case.ts';
import { expectFailure, expectRecording } from './expect.ts';
import type { Addresses, Failure } from './row.ts';
import { BEHIND, FRESH, NOTHING, PAST, WAYS, type State, type Way } from './state.ts';
import { freshSid, makeWorld, type Came, type World } from './world.ts';

const OVERLOADED: Failure = { status: 503, error: 'overloaded', retryAfter: 1 };

/** Many readers at once, readers who leave, and what is invalidated meanwhile. */
export const CROWD_CASES: readonly Case[] = WAYS.flatMap((way): readonly Case[] => [
  {
    name: `F31 a refresh is handed over as work that outlives the answer, whoever reads that; ${way.name}`,
    run: ({ addresses }) => proveOutliving(addresses, way),
  },
  ...[NOTHING, BEHIND, PAST].map((state) => ({
    name: `F36 what is invalidated while it is read is not kept; ${state.name}; ${way.name}`,
    run: ({ addresses }: Surroundings) => proveInvalidated(addresses, state, way),
  })),
  ...[FRESH, BEHIND, PAST].flatMap((state): readonly Case[] => [
    {
      name: `F40 SIDs that lead nowhere, one after the other, cost five calls a second; ${state.name}; ${way.name}`,
      run: ({ addresses }) => proveScan(addresses, state, way),
    },
    {
      name: `F40 a crowd at once costs twenty calls, all others are told to wait; ${state.name}; ${way.name}`,
      run: ({ addresses }) => proveCrowd(addresses, state, way),
    },
  ]),
]);

/** That a runtime goes on once a reader has gone needs a connection that breaks: process/disconnect.test.ts. */
async function proveOutliving(addresses: Addresses, way: Way): Promise<void> {
  const world = makeWorld(addresses);
  await store(world, BEHIND);
  await world.settle();
  world.misbehave('held');
  await world.ask(way.init('*'));
  equal('works that outlive the answer', world.background.length, 1);
  await world.cue();
  await world.settle();
  expectRecording(await world.ask(), 'GET', /^room-recordings; hit; ttl=300$/);
  equal('calls', world.calls(), 2);
}

/** Reads the recording, and lets it grow as old as the state says. */
async function store(world: World, { age }: State): Promise<void> {
  if (age === undefined) return;
  await world.ask();
  world.clock.skip(age * 1000);
}

async function proveInvalidated(addresses: Addresses, state: State, way: Way): Promise<void> {
  const world = makeWorld(addresses);
  await store(world, state);
  const before = world.calls();
  world.misbehave('held');
  const asking = world.ask(way.init('*'));
  await world.seen.until('request', before + 1, state === BEHIND ? new Promise(() => undefined) : asking);
  await world.purge();
  await world.cue();
  equal('status of who had asked', (await asking).status, way.name === 'If-None-Match' ? 304 : 200);
  await world.settle();
  world.misbehave(undefined);
  const next = await world.ask(way.init('*'));
  expectRecording(next, way.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
  equal('calls', world.calls() - before, 2);
}

async function proveScan(addresses: Addresses, state: State, way: Way): Promise<void> {
  const world = makeWorld(addresses);
  await store(world, state);
  world.misbehave('status-404');
  const answers: Came[] = [];
  for (let nth = 0; nth < 100; nth += 1) answers.push(await world.ask(way.init('*'), freshSid()));
  equal('answers of 404', answers.filter(({ status }) => status === 404).length, 5);
  equal('calls', world.calls() - 1, 5);
  for (const came of answers.slice(5)) expectFailure(came, way.name, OVERLOADED);
  await proveOthersServed(world, state, way);
}

async function proveCrowd(addresses: Addresses, state: State, way: Way): Promise<void> {
  const world = makeWorld(addresses);
  await store(world, state);
  world.misbehave('silent');
  const waiting = Array.from({ length: 20 }, () => world.ask(way.init('*'), freshSid()));
  await world.seen.until('request', 21, Promise.all(waiting));
  const refused = await Promise.all(Array.from({ length: 100 }, () => world.ask(way.init('*'), freshSid())));
  for (const came of refused) expectFailure(came, way.name, OVERLOADED);
  equal('calls', world.calls(), 21);
  await proveOthersServed(world, state, way);
  await world.clock.pass(10_000);
  await world.clock.pass(10_000);
  const late = await Promise.all(waiting);
  equal('answers that came late', late.filter(({ status }) => status === 504).length, 20);
  world.misbehave(undefined);
  world.clock.skip(10_000);
  equal('status once they are gone', (await world.ask({}, freshSid())).status, 200);
}

/** What is stored is answered all the while, and costs no call. */
async function proveOthersServed(world: World, state: State, way: Way): Promise<void> {
  const before = world.calls();
  const came = await world.ask(way.init('*'));
  // Not until all is settled: of the crowd some still wait.
  await world.clock.pass(0);
  expectRecording(came, way.name, CACHE_STATUS_BESIDE[state.name]);
  equal('calls for what is stored', world.calls() - before, 0);
}

const CACHE_STATUS_BESIDE: Readonly<Record<State['name'], RegExp>> = {
  fresh: /^room-recordings; hit; ttl=\d+$/,
  'stale, to be refreshed behind': /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/,
  'stale, past that': /^room-recordings; hit; ttl=-\d+; detail=overloaded$/,
  nothing: /^$/,
};
