import { equal, holds, type Case, type Surroundings } from './case.ts';
import { expectFailure, expectNoSecret, expectRecording } from './expect.ts';
import { drawNumbers } from './random.ts';
import type { Addresses, Failure, Row } from './row.ts';
import { BEHIND, FRESH, FRESH_SECONDS, NOTHING, PAST, PAST_SECONDS, type State } from './state.ts';
import { freshSid, makeWorld, type Came, type World } from './world.ts';

const OPEN: Failure = { status: 503, error: 'circuit_open', retryAfter: 5 };

/** Reads that open the breaker, and one more. */
const ENOUGH_TO_OPEN = 21;

/** Faults that last, and how the edge comes back from them. */
export const OUTAGE_CASES: readonly Case[] = [
  { name: 'F16 a recording that comes to be is found once its 404 has passed', run: proveLateComer },
  ...[
    { share: 0.2, act: 'status-500', least: 0.94 },
    { share: 0.2, act: 'reset', least: 0.94 },
    { share: 0.5, act: 'status-500', least: 0 },
    { share: 0.5, act: 'reset', least: 0 },
  ].map(({ share, act, least }) => ({
    name: `F28 ${share * 100} % of the calls fail by ${act}, over 1,000 reads of what is not stored`,
    run: ({ addresses }: Surroundings) => proveFlapping(addresses, share, act, least),
  })),
  {
    name: 'F28 half of the calls fail, over 1,000 reads of what is fresh or stale: all are answered',
    run: ({ addresses }: Surroundings) => proveFlappingCovered(addresses),
  },
  ...[FRESH, BEHIND, PAST, NOTHING].map((state) => ({
    name: `F29 while the breaker is open nobody asks; ${state.name}`,
    run: ({ addresses }: Surroundings) => proveOpen(addresses, state),
  })),
  ...(['good', 'status-500'] as const).map((act) => ({
    name: `F30 of a crowd exactly one read is the probe, and decides: ${act}`,
    run: ({ addresses }: Surroundings) => proveProbe(addresses, act),
  })),
  {
    name: 'F29 at a source that always fails, calls are at most 1.2 times the reads',
    run: proveAmplification,
  },
];

async function proveLateComer({ addresses }: Surroundings): Promise<void> {
  const world = makeWorld(addresses);
  world.misbehave('status-404');
  const missing: Failure = { status: 404, error: 'not_found' };
  expectFailure(await world.ask(), 'GET', missing);
  world.misbehave(undefined);
  world.clock.skip(9_000);
  expectFailure(await world.ask(), 'GET', missing);
  equal('calls while the 404 is kept', world.calls(), 1);
  world.clock.skip(1_000);
  expectRecording(await world.ask(), 'GET', /^room-recordings; fwd=stale; fwd-status=200; stored$/);
  equal('calls', world.calls(), 2);
}

/** Twenty reads a second, each of another recording. */
async function readMany(world: World, count: number): Promise<readonly Came[]> {
  const answers: Came[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    answers.push(await world.ask({}, freshSid()));
    world.clock.skip(50);
  }
  return answers;
}

function failSome(world: World, share: number, act: Row['act']): void {
  const draw = drawNumbers(1);
  world.misbehave(() => (draw() < share ? act : 'good'));
}

async function proveFlapping(addresses: Addresses, share: number, act: string, least: number): Promise<void> {
  const world = makeWorld(addresses);
  failSome(world, share, act);
  const answers = await readMany(world, 1_000);
  const good = answers.filter(({ status }) => status === 200).length;
  holds(`${least * 100} % are answered`, good >= least * 1_000, good);
  holds('calls are at most 1.25 times the reads', world.calls() <= 1_250, world.calls());
  const isOpened = answers.some(({ text }) => text.includes('"circuit_open"'));
  if (share === 0.5) holds('the breaker opens', isOpened, answers.length);
  const allowed = new Set([200, 502, 503]);
  holds(
    'nothing else is answered',
    answers.every(({ status }) => allowed.has(status)),
    good,
  );
  expectNoSecret(world, answers);
}

/** One recording, read once a second: so it is fresh, then stale, as the source lets it. */
async function proveFlappingCovered(addresses: Addresses): Promise<void> {
  const world = makeWorld(addresses, { LIFETIME_COMPLETED: '5/10/600' });
  await world.ask();
  failSome(world, 0.5, 'status-500');
  let good = 0;
  for (let nth = 0; nth < 1_000; nth += 1) {
    world.clock.skip(1_000);
    if ((await world.ask()).status === 200) good += 1;
    await world.settle();
  }
  equal('answered', good, 1_000);
  holds('calls are at most 1.25 times the reads', world.calls() <= 1_250, world.calls());
}

/** Fails until the breaker opens, and gives back how many calls that took. */
async function openBreaker(world: World): Promise<number> {
  world.misbehave('status-500');
  await readMany(world, ENOUGH_TO_OPEN);
  return world.calls();
}

async function proveOpen(addresses: Addresses, { age }: State): Promise<void> {
  const world = makeWorld(addresses);
  if (age !== undefined) {
    await world.ask();
    world.clock.skip(age * 1000);
  }
  const calls = await openBreaker(world);
  const askedAt = world.clock.now();
  const came = await world.ask();
  await world.settle();
  if (age === undefined) {
    equal('status', came.status, 503);
    holds('the breaker is why', came.text.includes('"circuit_open"'), came.text);
    const seconds = Number(came.headers.get('retry-after'));
    holds('Retry-After is the time to the probe', seconds >= 1 && seconds <= 5, seconds);
  } else if (age < FRESH_SECONDS) {
    expectRecording(came, 'GET', /^room-recordings; hit; ttl=\d+$/);
  } else {
    const why = age < PAST_SECONDS ? 'stale-while-revalidate' : 'circuit-open';
    expectRecording(came, 'GET', new RegExp(`^room-recordings; hit; ttl=-\\d+; detail=${why}$`));
  }
  equal('calls', world.calls() - calls, 0);
  equal('milliseconds waited', world.clock.now() - askedAt, 0);
}

async function proveProbe(addresses: Addresses, act: string): Promise<void> {
  const world = makeWorld(addresses);
  const calls = await openBreaker(world);
  world.misbehave(act);
  world.clock.skip(5_000);
  const answers = await Promise.all(Array.from({ length: 10 }, () => world.ask({}, freshSid())));
  equal('calls', world.calls() - calls, 1);
  const refused = answers.filter(({ text }) => text.includes('"circuit_open"'));
  equal('answers that did not ask', refused.length, 9);
  const after = await world.ask({}, freshSid());
  if (act === 'good') equal('status after a good probe', after.status, 200);
  else expectFailure(after, 'GET', OPEN);
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
