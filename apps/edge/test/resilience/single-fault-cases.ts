import { equal } from '@room-recordings/testing/cases';
import type { Case } from './fault-case.ts';
import {
  expectCalls,
  expectFailure,
  expectGivenUp,
  expectLogged,
  expectRecording,
  expectSameHeaders,
} from './response-assertions.ts';
import { watchHang } from './hanging-responses.ts';
import {
  coveredBy,
  proveLeftBehind,
  proveLeftPast,
  proveLifetime,
  proveRecovery,
} from './recovery-assertions.ts';
import { makeCase, store } from './create-case.ts';
import type { Row } from './fault.ts';
import { expectNothingSecret } from './secret-assertions.ts';
import { expectShared } from './shared-cache-assertions.ts';
import { askAndSitOut, failureOf, metNow, type Proof, type Situation } from './scenario.ts';
import { BEHIND, FRESH, FRESH_SECONDS, NOTHING, PAST, WAYS, type State, type Way } from './cache-state.ts';
import { freshSid, type Came, type World } from './fault-harness.ts';

const PROOFS: readonly (readonly [State, Proof])[] = [
  [FRESH, proveFresh],
  [BEHIND, proveBehind],
  [PAST, provePast],
  [NOTHING, proveNothing],
];

/** A row in every state, asked for in every way; in memory alone, or with the runtime's Cache API behind that. */
export function casesOfRow(row: Row, hasCacheApi = false): readonly Case[] {
  const { id } = row;
  const title = hasCacheApi ? `${row.title}, with the Cache API behind the memory` : row.title;
  return PROOFS.flatMap(([state, prove]) =>
    WAYS.map((way) =>
      makeCase({ id, title, state, way, hasCacheApi }, async (world, { isWorkerd }) => {
        const here = isWorkerd ? { ...row, ...row.inWorkerd } : row;
        const came = await begin({ row: here, state, way, world }, prove);
        if (way.name === 'HEAD' && came.status >= 400)
          await expectAsByGet(came, { row: here, state, world }, prove);
      }),
    ),
  );
}

async function begin(situation: Omit<Situation, 'etag'>, prove: Proof): Promise<Came> {
  const { row, state, world } = situation;
  const etag = await store(world, state);
  if (row.isOnKept) await keepConnection(world);
  world.misbehave(row.act);
  const came = await prove({ ...situation, etag });
  if (row.isOnKept && state !== FRESH) await expectOnKept(world);
  return came;
}

/** Meets the same in another world by GET: of the problem that HEAD is answered with only the headers come. */
async function expectAsByGet(
  head: Came,
  { row, state, world }: Pick<Situation, 'row' | 'state' | 'world'>,
  prove: Proof,
): Promise<void> {
  const [way] = WAYS;
  const other = world.twin();
  expectSameHeaders(head, await begin({ row, state, way, world: other }, prove));
  await expectNothingSecret(other);
}

/** Reads another recording, so that there is a connection which the next call can go out on. */
async function keepConnection(world: World): Promise<void> {
  world.misbehave('keep');
  await world.ask({}, freshSid());
}

async function expectOnKept(world: World): Promise<void> {
  const call = (await world.callLog()).find(({ line }) => line.startsWith('GET /resetKept/'));
  equal(call?.isKept, true, 'whether the call went out on a connection that was kept');
}

/** The fault is not seen: nobody asks. */
async function proveFresh(situation: Situation): Promise<Came> {
  const { way, world, etag } = situation;
  const came = await world.ask(way.init(etag));
  expectRecording(came, way.name, new RegExp(`^room-recordings; hit; ttl=${FRESH_SECONDS - 10}$`));
  equal(came.headers.get('age'), '10', 'Age');
  equal(world.calls(), situation.row.isOnKept ? 2 : 1, 'calls');
  await expectShared(situation);
  return came;
}

/** What is stale is answered at once; the fault is met behind it. */
async function proveBehind(situation: Situation): Promise<Came> {
  const { row, way, world, etag } = situation;
  const before = world.calls();
  const sitOut = watchHang(world, row.hang);
  const askedAt = world.clock.now();
  const came = await world.ask(way.init(etag));
  expectRecording(came, way.name, /^room-recordings; hit; ttl=-60; detail=stale-while-revalidate$/);
  equal(world.clock.now() - askedAt, 0, 'milliseconds waited');
  await sitOut(world.settle());
  expectCalls(world, before, row.calls);
  expectLogged(world, row);
  await expectGivenUp(world, row);
  await expectShared(situation);
  await proveLeftBehind(situation);
  return came;
}

/** The source is asked first, and what is stale answered where the fault allows it. */
async function provePast(situation: Situation): Promise<Came> {
  const { row, way, world, etag } = situation;
  const before = world.calls();
  const came = await askAndSitOut(world, row, way.init(etag));
  expectCalls(world, before, row.calls);
  expectLogged(world, row);
  await expectGivenUp(world, row);
  if (row.effect === 'evicts' || row.effect === 'auth') {
    expectFailure(came, way.name, failureOf(row), metNow(row, 'stale'));
  } else {
    expectRecording(came, row.changes ? changed(way) : way.name, cacheStatusPast(row));
  }
  if (row.effect === 'covered') equal(came.headers.get('etag'), etag, 'ETag');
  await expectShared(situation);
  await proveLeftPast(situation);
  return came;
}

/** Whoever asked whether anything had changed is told. */
function changed({ name }: Way): Way['name'] {
  return name === 'If-None-Match' ? 'GET' : name;
}

function cacheStatusPast(row: Row): RegExp {
  if (row.effect === 'open') {
    return /^room-recordings; fwd=stale; fwd-status=(?:200; stored|502; detail=stale-if-error)$/;
  }
  if (row.effect === 'covered') return coveredBy(failureOf(row));
  return /^room-recordings; fwd=stale; fwd-status=200; stored$/;
}

/** The fault is the answer, and is not kept: once the source is well, so is the edge. */
async function proveNothing(situation: Situation): Promise<Came> {
  const { row, way, world, etag } = situation;
  const before = world.calls();
  const came = await askAndSitOut(world, row, way.init(etag));
  expectCalls(world, before, row.calls);
  expectLogged(world, row);
  await expectGivenUp(world, row);
  if (row.effect === 'refreshes' || (row.effect === 'open' && came.status < 400)) {
    expectRecording(came, way.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
    equal(came.headers.get('age'), null, 'Age');
    await expectShared(situation);
    await proveLifetime(situation);
    return came;
  }
  expectFailure(came, way.name, failureOf(row, came), metNow(row, 'uri-miss'));
  await expectShared(situation);
  await proveRecovery(situation);
  return came;
}
