import { equal, holds, type Case, type Surroundings } from './case.ts';
import { expectCalls, expectFailure, expectLogged, expectNoSecret, expectRecording } from './expect.ts';
import { watchHang } from './hang.ts';
import type { Failure, Row } from './row.ts';
import { BEHIND, FRESH, FRESH_SECONDS, NOTHING, PAST, WAYS, type State, type Way } from './state.ts';
import { makeWorld, type Came, type World } from './world.ts';

/** A row in one state, asked for in one way. */
interface Situation {
  readonly row: Row;
  readonly way: Way;
  readonly world: World;
  /** Of what is stored; `*` where nothing is. */
  readonly etag: string;
  /** The calls that the fault may cost. */
  readonly calls: Row['calls'];
}

/** Proves it, and gives all that was answered. */
type Proof = (situation: Situation) => Promise<readonly Came[]>;

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
  if (row.effect !== 'open') expectLogged(world, row);
  return [came, ...(await proveAfterwards(situation))];
}

/** What a background refresh has left. */
async function proveAfterwards({ row, world, etag }: Situation): Promise<readonly Came[]> {
  const sitOut = watchHang(world, row.hang);
  const came = await world.ask();
  if (row.effect === 'covered') {
    expectRecording(came, 'GET', /^room-recordings; hit; ttl=-\d+; detail=[a-z-]+$/);
    equal('ETag', came.headers.get('etag'), etag);
    await sitOut(world.settle());
  } else if (row.effect === 'refreshes') {
    expectRecording(came, 'GET', /^room-recordings; hit; ttl=\d+$/);
  } else if (row.effect !== 'open') {
    expectFailure(came, 'GET', failureOf(row));
  }
  return [came];
}

/** The source is asked first, and what is stale answered where the fault allows it. */
async function provePast({ row, way, world, etag, calls }: Situation): Promise<readonly Came[]> {
  const came = await askAndSitOut(world, row, way.init(etag));
  expectCalls(world, 1, calls);
  if (row.effect === 'evicts' || row.effect === 'auth') expectFailure(came, way.name, failureOf(row));
  else expectRecording(came, row.changes ? changed(way) : way.name, CACHE_STATUS_PAST[row.effect]);
  if (row.effect === 'covered') equal('ETag', came.headers.get('etag'), etag);
  return [came];
}

/** Whoever asked whether anything had changed is told. */
function changed({ name }: Way): Way['name'] {
  return name === 'If-None-Match' ? 'GET' : name;
}

const CACHE_STATUS_PAST = {
  covered: /^room-recordings; fwd=stale(?:; fwd-status=\d+)?; detail=stale-if-error$/,
  refreshes: /^room-recordings; fwd=stale; fwd-status=200; stored$/,
  open: /^room-recordings; fwd=stale; /,
} as const;

/** The fault is the answer, and is not kept: once the source is well, so is the edge. */
async function proveNothing({ row, way, world, etag, calls }: Situation): Promise<readonly Came[]> {
  const came = await askAndSitOut(world, row, way.init(etag));
  expectCalls(world, 0, calls);
  if (row.effect === 'refreshes' || (row.effect === 'open' && came.status < 400)) {
    expectRecording(came, way.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
    return [came];
  }
  if (row.effect === 'open') {
    equal('status', came.status, 502);
    return [came];
  }
  const failure = failureOf(row);
  expectFailure(came, way.name, failure);
  expectLogged(world, row);
  return [came, ...(await proveRecovery(row, failure, world))];
}

/** While the account is left alone, and where the failure itself is kept, nobody asks; then all is well. */
async function proveRecovery(row: Row, failure: Failure, world: World): Promise<readonly Came[]> {
  const { pause = 0, kept = 0 } = row;
  const before = world.calls();
  world.misbehave(undefined);
  const answers: Came[] = [];
  if (pause + kept > 0) {
    const meanwhile = await world.ask();
    expectFailure(meanwhile, 'GET', failure);
    equal('calls meanwhile', world.calls() - before, 0);
    world.clock.skip((pause + kept) * 1000);
    answers.push(meanwhile);
  }
  const well = await world.ask();
  expectRecording(well, 'GET', /^room-recordings; fwd=(?:uri-miss|stale); fwd-status=200; stored$/);
  equal('calls afterwards', world.calls() - before, 1);
  return [...answers, well];
}

async function askAndSitOut(world: World, row: Row, init: RequestInit): Promise<Came> {
  const sitOut = watchHang(world, row.hang);
  const askedAt = world.clock.now();
  const asking = world.ask(init);
  await sitOut(asking);
  const came = await asking;
  const { within = 1_000 } = row;
  const ms = world.clock.now() - askedAt;
  holds(`answered within ${within} ms`, ms <= within, ms);
  if (typeof row.act === 'string') {
    // A redirect that was followed is known to the fake Twilio alone; a call may be given up before it arrives.
    const arrived = (await world.callLog()).length;
    holds('no call is made behind the back of the edge', arrived <= world.calls(), arrived);
  }
  return came;
}

function failureOf({ id, failure }: Row): Failure {
  if (failure === undefined) throw new Error(`${id} has no failure.`);
  return failure;
}
