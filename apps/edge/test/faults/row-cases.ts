import { equal, type Case, type Surroundings } from './case.ts';
import {
  expectCalls,
  expectFailure,
  expectGivenUp,
  expectLogged,
  expectNoSecret,
  expectRecording,
} from './expect.ts';
import { watchHang } from './hang.ts';
import { proveLeftBehind, proveLeftPast, proveLifetime, proveRecovery } from './left.ts';
import type { Row } from './row.ts';
import { askAndSitOut, failureOf, type Proof, type Situation } from './situation.ts';
import { BEHIND, FRESH, FRESH_SECONDS, NOTHING, PAST, WAYS, type State, type Way } from './state.ts';
import { makeWorld, type Came } from './world.ts';

const PROOFS: readonly (readonly [State, Proof])[] = [
  [FRESH, proveFresh],
  [BEHIND, proveBehind],
  [PAST, provePast],
  [NOTHING, proveNothing],
];

/** A row in every state, asked for in every way. */
export function casesOfRow(row: Row): readonly Case[] {
  return PROOFS.flatMap(([state, prove]) =>
    WAYS.map((way) => ({
      name: `${row.id} ${row.title}; ${state.name}; ${way.name}`,
      run: (surroundings) => proveRow(row, state, way, surroundings, prove),
    })),
  );
}

async function proveRow(
  row: Row,
  { age }: State,
  way: Way,
  { addresses, isWorkerd }: Surroundings,
  prove: Proof,
): Promise<void> {
  const world = makeWorld(addresses);
  let etag = '*';
  if (age !== undefined) {
    etag = (await world.ask()).headers.get('etag') ?? '';
    world.clock.skip(age * 1000);
  }
  const calls = (isWorkerd ? row.callsInWorkerd : undefined) ?? row.calls;
  world.misbehave(row.act);
  expectNoSecret(world, await prove({ row, way, world, etag, calls }));
}

/** The fault is not seen: nobody asks. */
async function proveFresh({ way, world, etag }: Situation): Promise<readonly Came[]> {
  const came = await world.ask(way.init(etag));
  expectRecording(came, way.name, new RegExp(`^room-recordings; hit; ttl=${FRESH_SECONDS - 10}$`));
  equal('Age', came.headers.get('age'), '10');
  equal('calls', world.calls(), 1);
  return [came];
}

/** What is stale is answered at once; the fault is met behind it. */
async function proveBehind(situation: Situation): Promise<readonly Came[]> {
  const { row, way, world, etag, calls } = situation;
  const sitOut = watchHang(world, row.hang);
  const askedAt = world.clock.now();
  const came = await world.ask(way.init(etag));
  expectRecording(came, way.name, /^room-recordings; hit; ttl=-60; detail=stale-while-revalidate$/);
  equal('milliseconds waited', world.clock.now() - askedAt, 0);
  await sitOut(world.settle());
  expectCalls(world, 1, calls);
  expectLogged(world, row);
  await expectGivenUp(world, row);
  return [came, ...(await proveLeftBehind(situation))];
}

/** The source is asked first, and what is stale answered where the fault allows it. */
async function provePast(situation: Situation): Promise<readonly Came[]> {
  const { row, way, world, etag, calls } = situation;
  const came = await askAndSitOut(world, row, way.init(etag));
  expectCalls(world, 1, calls);
  expectLogged(world, row);
  await expectGivenUp(world, row);
  if (row.effect === 'evicts' || row.effect === 'auth') expectFailure(came, way.name, failureOf(row));
  else expectRecording(came, row.changes ? changed(way) : way.name, CACHE_STATUS_PAST[row.effect]);
  if (row.effect === 'covered') equal('ETag', came.headers.get('etag'), etag);
  return [came, ...(await proveLeftPast(situation))];
}

/** Whoever asked whether anything had changed is told. */
function changed({ name }: Way): Way['name'] {
  return name === 'If-None-Match' ? 'GET' : name;
}

const CACHE_STATUS_PAST = {
  covered: /^room-recordings; fwd=stale(?:; fwd-status=\d+)?; detail=stale-if-error$/,
  refreshes: /^room-recordings; fwd=stale; fwd-status=200; stored$/,
  open: /^room-recordings; fwd=stale; fwd-status=(?:200; stored|502; detail=stale-if-error)$/,
} as const;

/** The fault is the answer, and is not kept: once the source is well, so is the edge. */
async function proveNothing(situation: Situation): Promise<readonly Came[]> {
  const { row, way, world, etag, calls } = situation;
  const came = await askAndSitOut(world, row, way.init(etag));
  expectCalls(world, 0, calls);
  expectLogged(world, row);
  await expectGivenUp(world, row);
  if (row.effect === 'refreshes' || (row.effect === 'open' && came.status < 400)) {
    expectRecording(came, way.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
    equal('Age', came.headers.get('age'), null);
    return [came, ...(await proveLifetime(situation))];
  }
  expectFailure(came, way.name, failureOf(row, came));
  return [came, ...(await proveRecovery(situation))];
}
