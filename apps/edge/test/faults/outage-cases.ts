import { equal, holds, type Case, type Surroundings } from './case.ts';
import { expectFailure, expectNoSecret, expectRecording } from './expect.ts';
import { drawNumbers } from './random.ts';
import type { Addresses, Failure, Row } from './row.ts';
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
} from './state.ts';
import { freshSid, makeWorld, type Came, type World } from './world.ts';

/** While the breaker is open. */
export const OPEN: Failure = { status: 503, error: 'circuit_open', retryAfter: 5 };

/** Reads that open the breaker, and one more. */
const ENOUGH_TO_OPEN = 21;

const FLAPPING = [
  { share: 0.2, act: 'status-500' },
  { share: 0.2, act: 'reset' },
  { share: 0.5, act: 'status-500' },
  { share: 0.5, act: 'reset' },
] as const;

/** Faults that last, and how the edge comes back from them. */
export const OUTAGE_CASES: readonly Case[] = [
  ...WAYS.flatMap((way): readonly Case[] => [
    {
      name: `F16 a recording that comes to be is found once its 404 has passed; ${way.name}`,
      run: ({ addresses }) => proveLateComer(addresses, way),
    },
    ...FLAPPING.map(({ share, act }) => ({
      name: `F28 ${share * 100} % of the calls fail by ${act}, over 1,000 reads of what is not stored; ${way.name}`,
      run: ({ addresses }: Surroundings) => proveFlapping(addresses, share, act, way),
    })),
    {
      name: `F28 half of the calls fail, over 1,000 reads of what is fresh or stale: all are answered; ${way.name}`,
      run: ({ addresses }) => proveFlappingCovered(addresses, way),
    },
    ...[FRESH, BEHIND, PAST, NOTHING].map((state) => ({
      name: `F29 while the breaker is open nobody asks; ${state.name}; ${way.name}`,
      run: ({ addresses }: Surroundings) => proveOpen(addresses, state, way),
    })),
  ]),
  {
    name: 'F29 at a source that always fails, calls are at most 1.2 times the reads',
    run: proveAmplification,
  },
];

async function proveLateComer(addresses: Addresses, way: Way): Promise<void> {
  const world = makeWorld(addresses);
  world.misbehave('status-404');
  const missing: Failure = { status: 404, error: 'not_found' };
  expectFailure(await world.ask(way.init('*')), way.name, missing);
  world.misbehave(undefined);
  world.clock.skip(9_000);
  expectFailure(await world.ask(way.init('*')), way.name, missing);
  equal('calls while the 404 is kept', world.calls(), 1);
  world.clock.skip(1_000);
  const found = await world.ask(way.init('*'));
  expectRecording(found, way.name, /^room-recordings; fwd=stale; fwd-status=200; stored$/);
  equal('calls', world.calls(), 2);
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
  const draw = drawNumbers(1);
  world.misbehave(() => (draw() < share ? act : 'good'));
}

async function proveFlapping(addresses: Addresses, share: number, act: string, way: Way): Promise<void> {
  const world = makeWorld(addresses);
  failSome(world, share, act);
  const answers = await readMany(world, 1_000, way.init('*'));
  const isGood = ({ status }: Came): boolean => status < 400;
  const good = answers.filter(isGood).length;
  holds('calls are at most 1.25 times the reads', world.calls() <= 1_250, world.calls());
  if (share === 0.2) {
    holds('94 % are answered', good >= 940, good);
  } else {
    const opened = answers.findIndex((came) => saysOpen(came));
    holds('the breaker opens', opened >= 0, opened);
    holds('it closes again', answers.slice(opened).some(isGood), good);
  }
  const allowed = new Set([way.name === 'If-None-Match' ? 304 : 200, 502, 503]);
  const others = answers.map(({ status }) => status).filter((status) => !allowed.has(status));
  equal('other answers', others, []);
  expectNoSecret(world, answers);
}

/** Whether an answer says that the breaker is why. */
export function saysOpen({ status, headers }: Came): boolean {
  return status === 503 && headers.get('cache-status')?.endsWith('; detail=circuit-open') === true;
}

/** One recording, read once a second: so it is fresh, then stale, as the source lets it. */
async function proveFlappingCovered(addresses: Addresses, way: Way): Promise<void> {
  const world = makeWorld(addresses, { LIFETIME_COMPLETED: '5/10/600' });
  await world.ask();
  failSome(world, 0.5, 'status-500');
  let good = 0;
  for (let nth = 0; nth < 1_000; nth += 1) {
    world.clock.skip(1_000);
    if ((await world.ask(way.init('*'))).status === (way.name === 'If-None-Match' ? 304 : 200)) good += 1;
    await world.settle();
  }
  equal('answered', good, 1_000);
  holds('calls are at most 1.25 times the reads', world.calls() <= 1_250, world.calls());
}

/** Fails until the breaker opens, and gives back how many calls that took. */
export async function openBreaker(world: World): Promise<number> {
  world.misbehave('status-500');
  await readMany(world, ENOUGH_TO_OPEN);
  return world.calls();
}

async function proveOpen(addresses: Addresses, { age }: State, way: Way): Promise<void> {
  const world = makeWorld(addresses);
  if (age !== undefined) {
    await world.ask();
    world.clock.skip(age * 1000);
  }
  const calls = await openBreaker(world);
  const askedAt = world.clock.now();
  const came = await world.ask(way.init('*'));
  await world.settle();
  if (age === undefined) {
    holds('the breaker is why', saysOpen(came), came.status);
    const seconds = Number(came.headers.get('retry-after'));
    holds('Retry-After is the time to the probe', seconds >= 1 && seconds <= 5, seconds);
    expectFailure(came, way.name, { ...OPEN, retryAfter: seconds });
  } else if (age < FRESH_SECONDS) {
    expectRecording(came, way.name, /^room-recordings; hit; ttl=\d+$/);
  } else {
    const why = age < PAST_SECONDS ? 'stale-while-revalidate' : 'circuit-open';
    expectRecording(came, way.name, new RegExp(`^room-recordings; hit; ttl=-\\d+; detail=${why}$`));
  }
  equal('calls', world.calls() - calls, 0);
  equal('milliseconds waited', world.clock.now() - askedAt, 0);
}

async function proveAmplification({ addresses }: Surroundings): Promise<void> {
  const world = makeWorld(addresses);
  world.misbehave('status-500');
  const answers = await readMany(world, 1_000);
  holds('calls are at most 1.2 times the reads', world.calls() <= 1_200, world.calls());
  // Fifty seconds: the breaker opened in the first ten, and lets one call through every five.
  const probes = world.calls() - 2 * ENOUGH_TO_OPEN;
  holds('one probe every five seconds', probes <= 10, probes);
  equal('answers without a problem', answers.filter(({ status }) => status < 500).length, 0);
}
