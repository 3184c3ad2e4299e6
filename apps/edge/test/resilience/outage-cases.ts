import { equal, holds } from '@room-recordings/testing/cases';
import type { Case } from './fault-case.ts';
import { expectFailure, expectRecording } from './response-assertions.ts';
import { makeCase, store } from './create-case.ts';
import { createRandom } from '@room-recordings/testing/random';
import type { Failure, Row } from './fault.ts';
import {
  BEHIND,
  FRESH,
  FRESH_SECONDS,
  NOTHING,
  PAST,
  PAST_SECONDS,
  WAYS,
  type State,
  type Way,
} from './cache-state.ts';
import { freshSid, type Came, type World } from './fault-harness.ts';

/** Reads that open the breaker, and one more. */
const ENOUGH_TO_OPEN = 21;

const FLAPPING = [
  { share: 0.2, act: 'status-500' },
  { share: 0.2, act: 'reset' },
  { share: 0.5, act: 'status-500' },
  { share: 0.5, act: 'reset' },
] as const;

/** Lifetimes with which a recording that is read once a second is always in a state, from the second read on. */
const LIFETIMES = [
  [FRESH, '3600/0/3600'],
  [BEHIND, '1/3600/3600'],
  [PAST, '1/0/3600'],
] as const;

/** Faults that last, and how the edge comes back from them. */
export const OUTAGE_CASES: readonly Case[] = WAYS.flatMap((way): readonly Case[] => [
  makeCase({ id: 'F16', title: 'a recording that comes to be', state: NOTHING, way }, (world) =>
    proveLateComer(world, way),
  ),
  ...FLAPPING.map(({ share, act }) => {
    const title = `${share * 100} % of the calls fail by ${act}, over 1,000 reads of as many recordings`;
    return makeCase({ id: 'F28', title, state: NOTHING, way }, (world) =>
      proveFlapping(world, share, act, way),
    );
  }),
  ...LIFETIMES.map(([state, lifetime]) => {
    const title = 'half of the calls fail, over 1,000 reads of one recording: all are answered';
    return makeCase({ id: 'F28', title, state, way }, (world) => proveFlappingCovered(world, state, way), {
      variables: { LIFETIME_COMPLETED: lifetime },
    });
  }),
  ...[FRESH, BEHIND, PAST, NOTHING].map((state) =>
    makeCase({ id: 'F29', title: 'while the breaker is open nobody asks', state, way }, (world) =>
      proveOpen(world, state, way),
    ),
  ),
  makeCase(
    { id: 'F29', title: 'at a source that always fails calls are 1.2 times the reads', state: NOTHING, way },
    (world) => proveAmplification(world, way),
  ),
]);

async function proveLateComer(world: World, way: Way): Promise<void> {
  world.misbehave('status-404');
  const missing: Failure = { status: 404, error: 'not_found' };
  const first = await world.ask(way.init('*'));
  expectFailure(first, way.name, missing, 'room-recordings; fwd=uri-miss; fwd-status=404; stored');
  world.misbehave(undefined);
  world.clock.skip(9_000);
  expectFailure(await world.ask(way.init('*')), way.name, missing, 'room-recordings; hit; ttl=1');
  equal(world.calls(), 1, 'calls while the 404 is kept');
  world.clock.skip(1_000);
  const found = await world.ask(way.init('*'));
  expectRecording(found, way.name, /^room-recordings; fwd=stale; fwd-status=200; stored$/);
  equal(world.calls(), 2, 'calls');
}

/** Twenty reads a second, each of another recording. */
async function readMany(world: World, count: number, init: RequestInit = {}): Promise<readonly Came[]> {
  const answers: Came[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    answers.push(await world.ask(init, freshSid()));
    world.clock.skip(50);
  }
  return answers;
}

function failSome(world: World, share: number, act: Row['act']): void {
  const draw = createRandom(1);
  world.misbehave(() => (draw() < share ? act : 'good'));
}

async function proveFlapping(world: World, share: number, act: string, way: Way): Promise<void> {
  failSome(world, share, act);
  const answers = await readMany(world, 1_000, way.init('*'));
  const isGood = ({ status }: Came): boolean => status < 400;
  const good = answers.filter(isGood).length;
  holds(world.calls() <= 1_250, 'calls are at most 1.25 times the reads', world.calls());
  if (share === 0.2) {
    holds(good >= 940, '94 % are answered', good);
  } else {
    const opened = answers.findIndex((came) => saysOpen(came));
    holds(opened >= 0, 'the breaker opens', opened);
    holds(answers.slice(opened).some(isGood), 'it closes again', good);
  }
  const allowed = new Set([way.name === 'If-None-Match' ? 304 : 200, 502, 503]);
  const others = answers.map(({ status }) => status).filter((status) => !allowed.has(status));
  equal(others, [], 'other answers');
}

/** Whether an answer says that the breaker is why. */
export function saysOpen({ status, headers }: Came): boolean {
  return status === 503 && headers.get('cache-status')?.endsWith('; detail=circuit-open') === true;
}

/** One recording, read once a second. */
async function proveFlappingCovered(world: World, state: State, way: Way): Promise<void> {
  await world.ask();
  failSome(world, 0.5, 'status-500');
  let good = 0;
  for (let nth = 0; nth < 1_000; nth += 1) {
    world.clock.skip(1_000);
    if ((await world.ask(way.init('*'))).status === (way.name === 'If-None-Match' ? 304 : 200)) good += 1;
    await world.settle();
  }
  equal(good, 1_000, 'answered');
  if (state === FRESH) equal(world.calls(), 1, 'calls');
  else holds(world.calls() <= 1_250, 'calls are at most 1.25 times the reads', world.calls());
}

/** Fails until the breaker opens, and gives back how many calls that took. */
export async function openBreaker(world: World): Promise<number> {
  world.misbehave('status-500');
  await readMany(world, ENOUGH_TO_OPEN);
  return world.calls();
}

async function proveOpen(world: World, state: State, way: Way): Promise<void> {
  const { age } = state;
  await store(world, state);
  const calls = await openBreaker(world);
  const askedAt = world.clock.now();
  const came = await world.ask(way.init('*'));
  await world.settle();
  if (age === undefined) {
    expectOpen(came, way);
  } else if (age < FRESH_SECONDS) {
    expectRecording(came, way.name, /^room-recordings; hit; ttl=\d+$/);
  } else {
    const why = age < PAST_SECONDS ? 'stale-while-revalidate' : 'circuit-open';
    expectRecording(came, way.name, new RegExp(`^room-recordings; hit; ttl=-\\d+; detail=${why}$`));
  }
  equal(world.calls() - calls, 0, 'calls');
  equal(world.clock.now() - askedAt, 0, 'milliseconds waited');
}

/** Expects to be told when the source is asked again, and that nobody was asked now. */
export function expectOpen(came: Came, way: Way): void {
  const seconds = Number(came.headers.get('retry-after'));
  holds(seconds >= 1 && seconds <= 5, 'Retry-After is the time to the probe', seconds);
  const failure: Failure = { status: 503, error: 'circuit_open', retryAfter: seconds };
  expectFailure(came, way.name, failure, 'room-recordings; detail=circuit-open');
}

async function proveAmplification(world: World, way: Way): Promise<void> {
  world.misbehave('status-500');
  const answers = await readMany(world, 1_000, way.init('*'));
  holds(world.calls() <= 1_200, 'calls are at most 1.2 times the reads', world.calls());
  // Fifty seconds: the breaker opened in the first ten, and lets one call through every five.
  const probes = world.calls() - 2 * ENOUGH_TO_OPEN;
  holds(probes <= 10, 'one probe every five seconds', probes);
  equal(answers.filter(({ status }) => status < 500).length, 0, 'answers without a problem');
}
