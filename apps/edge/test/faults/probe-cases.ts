import { equal, type Case, type Surroundings } from './case.ts';
import { expectFailure, expectRecording } from './expect.ts';
import { OPEN, openBreaker, saysOpen } from './outage-cases.ts';
import type { Addresses } from './row.ts';
import { BEHIND, NOTHING, PAST, WAYS, type State, type Way } from './state.ts';
import { freshSid, makeWorld, type Came } from './world.ts';

const CROWD = 10;

/** A breaker that is half open, and a crowd before it. */
export const PROBE_CASES: readonly Case[] = (['good', 'status-500'] as const).flatMap((act) =>
  [NOTHING, BEHIND, PAST].flatMap((state) =>
    WAYS.map((way) => ({
      name: `F30 of a crowd exactly one read is the probe, and decides: ${act}; ${state.name}; ${way.name}`,
      run: ({ addresses }: Surroundings) => proveProbe(addresses, act, state, way),
    })),
  ),
);

async function proveProbe(addresses: Addresses, act: string, state: State, way: Way): Promise<void> {
  const world = makeWorld(addresses);
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
  equal('calls', world.calls() - calls, 1);
  expectCrowd(answers, act, state, way);
  const after = await world.ask(way.init('*'), freshSid());
  if (act === 'good')
    equal('status after a good probe', after.status, way.name === 'If-None-Match' ? 304 : 200);
  else expectFailure(after, way.name, OPEN);
}

/** One of them was the probe; what it was answered the row of its fault says. */
function expectCrowd(answers: readonly Came[], act: string, state: State, way: Way): void {
  if (state === NOTHING) {
    equal('answers that did not ask', answers.filter(saysOpen).length, CROWD - 1);
    return;
  }
  if (state === BEHIND) {
    for (const came of answers) {
      expectRecording(came, way.name, /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/);
    }
    return;
  }
  const asked = answers.filter(({ headers }) => headers.get('cache-status')?.includes('fwd=stale'));
  equal('answers that asked', asked.length, 1);
  const probe = act === 'good' ? /fwd-status=200; stored$/ : /fwd-status=502; detail=stale-if-error$/;
  for (const came of answers) {
    const open = /^room-recordings; hit; ttl=-\d+; detail=circuit-open$/;
    expectRecording(came, way.name, asked.includes(came) ? probe : open);
  }
}
