import { equal } from '@room-recordings/testing/cases';
import { expectFailure, expectRecording, linesAboutSource } from './response-assertions.ts';
import { watchHang } from './hanging-responses.ts';
import type { Failure } from './fault.ts';
import { askAndSitOut, failureOf, metNow, type Situation } from './scenario.ts';
import { FRESH_SECONDS } from './cache-state.ts';

const DOWN: Failure = { status: 502, error: 'upstream_error' };

/** How long a refresh that has failed is not tried again, milliseconds. */
const REST_MS = 1_000;

const BEHIND = /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/;
const ANEW = /^room-recordings; fwd=stale; fwd-status=200; stored$/;

/** What a fault has left of something that is refreshed behind an answer. */
export async function proveLeftBehind(situation: Situation): Promise<void> {
  const { row, world, etag } = situation;
  const prove = findProof(situation);
  if (prove !== undefined) return prove(situation);
  const before = world.calls();
  const resting = await world.ask();
  expectRecording(resting, 'GET', BEHIND);
  await world.settle();
  equal(world.calls() - before, 0, 'calls while it rests');
  world.clock.skip(REST_MS);
  const sitOut = watchHang(world, row.hang);
  const kept = await world.ask();
  expectRecording(kept, 'GET', BEHIND);
  equal(kept.headers.get('etag'), etag, 'ETag');
  await sitOut(world.settle());
  getWell(situation);
  world.clock.skip(REST_MS);
  const last = await world.ask();
  expectRecording(last, 'GET', BEHIND);
  await world.settle();
  await proveLifetime(situation);
}

/** What a fault has left of something that is served only where the source fails. */
export async function proveLeftPast(situation: Situation): Promise<void> {
  const { row, world, etag } = situation;
  const prove = findProof(situation);
  if (prove !== undefined) return prove(situation);
  const before = world.calls();
  const kept = await askAndSitOut(world, row);
  const withheld = new RegExp(`^room-recordings; hit; ttl=-\\d+; detail=${row.withheld}$`);
  expectRecording(kept, 'GET', row.pause === undefined ? coveredBy(failureOf(row)) : withheld);
  equal(kept.headers.get('etag'), etag, 'ETag');
  if (row.pause !== undefined) equal(world.calls() - before, 0, 'calls meanwhile');
  getWell(situation);
  const anew = await world.ask();
  expectRecording(anew, 'GET', ANEW);
  await proveLifetime(situation);
}

/** What Cache-Status says where something stale covers a failure. */
export function coveredBy({ status }: Failure): RegExp {
  return new RegExp(`^room-recordings; fwd=stale; fwd-status=${status}; detail=stale-if-error$`);
}

/** The proof that is the same however stale it was; undefined where something is still covered. */
function findProof({ row, world }: Situation): ((situation: Situation) => Promise<void>) | undefined {
  if (row.effect === 'auth') return proveRecovery;
  if (row.effect === 'evicts') return proveEvicted;
  const isRefreshed = row.effect === 'open' && linesAboutSource(world).length === 0;
  return row.effect === 'refreshes' || isRefreshed ? proveLifetime : undefined;
}

/** From now on the source does as it should, and nobody leaves it alone any more. */
function getWell({ row, world }: Situation): void {
  world.misbehave(undefined);
  world.clock.skip((row.pause ?? 0) * 1000);
}

/** What is kept is the failure; what was there before does not come back, even where the source is down by then. */
async function proveEvicted({ row, world }: Situation): Promise<void> {
  const { kept = 0 } = row;
  const before = world.calls();
  const meanwhile = await world.ask();
  expectFailure(meanwhile, 'GET', failureOf(row), `room-recordings; hit; ttl=${kept}`);
  equal(world.calls() - before, 0, 'calls meanwhile');
  world.clock.skip(kept * 1000);
  world.misbehave('status-500');
  const down = await world.ask();
  expectFailure(down, 'GET', DOWN, 'room-recordings; fwd=stale; fwd-status=502');
  world.misbehave(undefined);
  const well = await world.ask();
  expectRecording(well, 'GET', ANEW);
}

/** While the account is left alone, and where the failure itself is kept, nobody asks; then all is well. */
export async function proveRecovery({ row, world }: Situation): Promise<void> {
  const { pause = 0, kept = 0, withheld } = row;
  const before = world.calls();
  world.misbehave(undefined);
  if (pause + kept > 0) {
    const refused = withheld === undefined ? metNow(row, 'uri-miss') : `room-recordings; detail=${withheld}`;
    const meanwhile = kept > 0 ? `room-recordings; hit; ttl=${kept}` : refused;
    expectFailure(await world.ask(), 'GET', failureOf(row), meanwhile);
    equal(world.calls() - before, 0, 'calls meanwhile');
    world.clock.skip((pause + kept) * 1000);
  }
  const well = await world.ask();
  expectRecording(well, 'GET', kept > 0 ? ANEW : /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
  equal(world.calls() - before, 1, 'calls afterwards');
}

/** What was just stored lives as long as its kind does, whatever the source says of that: then one new call is made. */
export async function proveLifetime({ row, world }: Situation): Promise<void> {
  const { lifetime = FRESH_SECONDS } = row;
  // The time that a call took counts as age: here the pause before a second try.
  const ms = lifetime * 1000 - (row.effect === 'refreshes' && world.hasRetried() ? 150 : 0);
  const before = world.calls();
  const first = await world.ask();
  expectRecording(first, 'GET', new RegExp(`^room-recordings; hit; ttl=${Math.floor(ms / 1000)}$`));
  equal(first.headers.get('age'), '0', 'Age at first');
  world.clock.skip(ms - 1);
  const last = await world.ask();
  expectRecording(last, 'GET', /^room-recordings; hit; ttl=0$/);
  equal(last.headers.get('age'), String(lifetime - 1), 'Age at last');
  equal(world.calls() - before, 0, 'calls meanwhile');
  world.clock.skip(1);
  const stale = await world.ask();
  // What is deleted is not served while it is looked at again.
  const isDeleted = lifetime !== FRESH_SECONDS;
  const behind = /^room-recordings; hit; ttl=0; detail=stale-while-revalidate$/;
  expectRecording(stale, 'GET', isDeleted ? ANEW : behind);
  await world.settle();
  const calls = world.calls() - before;
  if (row.effect !== 'open') equal(calls, 1, 'calls once it is stale');
}
