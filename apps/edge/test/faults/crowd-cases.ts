import { equal, holds, type Case } from './case.ts';
import { expectFailure, expectRecording } from './expect.ts';
import type { Addresses, Failure } from './row.ts';
import { FRESH, PAST } from './state.ts';
import { freshSid, makeWorld, type Came, type World } from './world.ts';

const OVERLOADED: Failure = { status: 503, error: 'overloaded', retryAfter: 1 };

/** Many readers at once, readers who leave, and what is invalidated meanwhile. */
export const CROWD_CASES: readonly Case[] = [
  { name: 'F31 a reader who leaves takes nobody along', run: ({ addresses }) => proveLeaver(addresses) },
  {
    name: 'F36 what is invalidated while it is read is not kept; nothing',
    run: ({ addresses }) => proveInvalidated(addresses, 0),
  },
  {
    name: 'F36 what is invalidated while it is read is not kept; stale',
    run: ({ addresses }) => proveInvalidated(addresses, PAST.age ?? 0),
  },
  {
    name: 'F40 SIDs that lead nowhere, one after the other, cost five calls a second',
    run: ({ addresses }) => proveScan(addresses),
  },
  {
    name: 'F40 a crowd at once costs twenty calls; all others are told to wait',
    run: ({ addresses }) => proveCrowd(addresses),
  },
];

async function proveLeaver(addresses: Addresses): Promise<void> {
  const world = makeWorld(addresses);
  world.misbehave('held');
  const leaving = new AbortController();
  const leader = world.ask({ signal: leaving.signal }).catch(() => undefined);
  const followers = Array.from({ length: 10 }, () => world.ask());
  await world.seen.until('request', 1, leader);
  leaving.abort();
  await world.cue();
  const answers = await Promise.all(followers);
  for (const came of answers) expectRecording(came, 'GET', /^room-recordings; fwd=uri-miss; /);
  await leader;
  holds('one or two calls', world.calls() <= 2, world.calls());
}

/** @param age seconds of what is stored; 0 for nothing. */
async function proveInvalidated(addresses: Addresses, age: number): Promise<void> {
  const world = makeWorld(addresses);
  if (age > 0) {
    await world.ask();
    world.clock.skip(age * 1000);
  }
  const before = world.calls();
  world.misbehave('held');
  const asking = world.ask();
  await world.seen.until('request', before + 1, asking);
  await world.purge();
  await world.cue();
  equal('status of who had asked', (await asking).status, 200);
  await world.settle();
  world.misbehave(undefined);
  expectRecording(await world.ask(), 'GET', /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
  equal('calls', world.calls() - before, 2);
}

async function proveScan(addresses: Addresses): Promise<void> {
  const world = makeWorld(addresses);
  await world.ask();
  world.clock.skip((FRESH.age ?? 0) * 1000);
  world.misbehave('status-404');
  const answers: Came[] = [];
  for (let nth = 0; nth < 100; nth += 1) answers.push(await world.ask({}, freshSid()));
  equal('answers of 404', answers.filter(({ status }) => status === 404).length, 5);
  equal('calls', world.calls() - 1, 5);
  for (const came of answers.slice(5)) expectFailure(came, 'GET', OVERLOADED);
  await proveOthersServed(world);
}

async function proveCrowd(addresses: Addresses): Promise<void> {
  const world = makeWorld(addresses);
  await world.ask();
  world.clock.skip((FRESH.age ?? 0) * 1000);
  world.misbehave('silent');
  const waiting = Array.from({ length: 20 }, () => world.ask({}, freshSid()));
  await world.seen.until('request', 21, Promise.all(waiting));
  const refused = await Promise.all(Array.from({ length: 100 }, () => world.ask({}, freshSid())));
  for (const came of refused) expectFailure(came, 'GET', OVERLOADED);
  equal('calls', world.calls(), 21);
  await proveOthersServed(world);
  await world.clock.pass(10_000);
  await world.clock.pass(10_000);
  const late = await Promise.all(waiting);
  equal('answers that came late', late.filter(({ status }) => status === 504).length, 20);
  world.misbehave(undefined);
  world.clock.skip(10_000);
  equal('status once they are gone', (await world.ask({}, freshSid())).status, 200);
}

/** What is stored is answered all the while. */
async function proveOthersServed(world: World): Promise<void> {
  expectRecording(await world.ask(), 'GET', /^room-recordings; hit; ttl=\d+$/);
}
