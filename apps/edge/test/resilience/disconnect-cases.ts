import { equal } from '@room-recordings/testing/cases';
import type { Case } from './fault-case.ts';
import { expectRecording } from './response-assertions.ts';
import { makeCase, store } from './create-case.ts';
import { BEHIND, FRESH, FRESH_SECONDS, NOTHING, PAST, WAYS, type State, type Way } from './cache-state.ts';
import type { World } from './fault-harness.ts';

const FOLLOWERS = 5;

/**
 * A reader who leaves, by the signal of the request: so a runtime tells. That a runtime goes on once a reader has gone needs
 * a connection that breaks: process/disconnect.test.ts.
 */
export const LEAVING_CASES: readonly Case[] = WAYS.flatMap((way): readonly Case[] => [
  makeCase(
    { id: 'F31', title: 'who leaves with what is at hand costs no call', state: FRESH, way },
    (world) => proveAtHand(world, way),
  ),
  makeCase(
    { id: 'F31', title: 'the refresh outlives the reader who began it', state: BEHIND, way },
    (world) => proveOutliving(world, way),
  ),
  ...[PAST, NOTHING].map((state) => {
    const title = 'the reader who asked first takes nobody along';
    return makeCase({ id: 'F31', title, state, way }, (world) => proveFollowers(world, state, way));
  }),
]);

async function proveAtHand(world: World, way: Way): Promise<void> {
  const etag = await store(world, FRESH);
  const leaving = new AbortController();
  const asking = world.ask({ ...way.init(etag), signal: leaving.signal });
  leaving.abort();
  await asking;
  const next = await world.ask(way.init(etag));
  expectRecording(next, way.name, new RegExp(`^room-recordings; hit; ttl=${FRESH_SECONDS - 10}$`));
  equal(world.calls(), 1, 'calls');
}

async function proveOutliving(world: World, way: Way): Promise<void> {
  const etag = await store(world, BEHIND);
  world.misbehave('held');
  const leaving = new AbortController();
  await world.ask({ ...way.init(etag), signal: leaving.signal });
  leaving.abort();
  equal(world.background.length, 1, 'works that outlive the answer');
  await world.cue();
  await world.settle();
  expectRecording(await world.ask(way.init(etag)), way.name, /^room-recordings; hit; ttl=300$/);
  equal(world.calls(), 2, 'calls');
}

async function proveFollowers(world: World, state: State, way: Way): Promise<void> {
  const etag = await store(world, state);
  const before = world.calls();
  world.misbehave('held');
  const leaving = new AbortController();
  const leader = world.ask({ ...way.init(etag), signal: leaving.signal });
  await world.seen.until('request', before + 1, leader);
  const followers = Array.from({ length: FOLLOWERS }, () => world.ask(way.init(etag)));
  // All that they can do by themselves, until they wait.
  await world.clock.advance(0);
  leaving.abort();
  await world.cue();
  const why = state === NOTHING ? 'uri-miss' : 'stale';
  for (const came of await Promise.all(followers)) {
    expectRecording(came, way.name, new RegExp(`^room-recordings; fwd=${why}; collapsed$`));
  }
  equal(world.calls() - before, 1, 'calls');
  await leader;
}
