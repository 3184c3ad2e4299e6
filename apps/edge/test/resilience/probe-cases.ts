import { equal } from '@room-recordings/testing/cases';
import type { Case } from './fault-case.ts';
import { expectFailure, expectRecording } from './response-assertions.ts';
import { makeCase } from './create-case.ts';
import { expectOpen, openBreaker, saysOpen } from './outage-cases.ts';
import { BEHIND, FRESH, NOTHING, PAST, WAYS, type State, type Way } from './cache-state.ts';
import { freshSid, type Came, type World } from './fault-harness.ts';

const CROWD = 10;

/** A breaker that is half open, and a crowd before it. */
export const PROBE_CASES: readonly Case[] = (['good', 'status-500'] as const).flatMap((act) =>
  [FRESH, BEHIND, PAST, NOTHING].flatMap((state) =>
    WAYS.map((way) => {
      const title = `of a crowd exactly one read is the probe, and decides: ${act}`;
      return makeCase({ id: 'F30', title, state, way }, (world) => proveProbe(world, act, state, way));
    }),
  ),
);

type Outcome = 'good' | 'status-500';

async function proveProbe(world: World, act: Outcome, state: State, way: Way): Promise<void> {
  const sids = Array.from({ length: CROWD }, () => freshSid());
  if (state.age !== undefined) {
    for (const sid of sids) await world.ask({}, sid);
    world.clock.skip(state.age * 1000);
  }
  const calls = await openBreaker(world);
  world.misbehave(act);
  world.clock.skip(5_000);
  const answers = await Promise.all(sids.map((sid) => world.ask(way.init('*'), sid)));
  await world.settle();
  equal(world.calls() - calls, state === FRESH ? 0 : 1, 'calls');
  expectCrowd(answers, act, state, way);
  // What is fresh needs no probe, and leaves it to who does.
  if (state === FRESH) expectProbe(await world.ask(way.init('*'), freshSid()), act, way);
  equal(world.calls() - calls, 1, 'calls of probes');
  const after = await world.ask(way.init('*'), freshSid());
  if (act === 'good') expectProbe(after, act, way);
  else expectOpen(after, way);
}

/** Expects of a read that was let through what the row of its fault says. */
function expectProbe(came: Came, act: Outcome, way: Way): void {
  if (act === 'good') {
    expectRecording(came, way.name, /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/);
  } else {
    const failure = { status: 502, error: 'upstream_error' } as const;
    expectFailure(came, way.name, failure, 'room-recordings; fwd=uri-miss; fwd-status=502');
  }
}

/** One of them was the probe, unless none needs it. */
function expectCrowd(answers: readonly Came[], act: Outcome, state: State, way: Way): void {
  if (state === NOTHING) {
    const [probe, ...others] = answers.toSorted((a, b) => Number(saysOpen(a)) - Number(saysOpen(b)));
    if (probe !== undefined) expectProbe(probe, act, way);
    for (const came of others) expectOpen(came, way);
    return;
  }
  if (state === FRESH || state === BEHIND) {
    const atHand =
      state === FRESH
        ? /^room-recordings; hit; ttl=\d+$/
        : /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/;
    for (const came of answers) expectRecording(came, way.name, atHand);
    return;
  }
  const asked = answers.filter(({ headers }) => headers.get('cache-status')?.includes('fwd=stale'));
  equal(asked.length, 1, 'answers that asked');
  const probe = act === 'good' ? /fwd-status=200; stored$/ : /fwd-status=502; detail=stale-if-error$/;
  for (const came of answers) {
    const open = /^room-recordings; hit; ttl=-\d+; detail=circuit-open$/;
    expectRecording(came, way.name, asked.includes(came) ? probe : open);
  }
}
