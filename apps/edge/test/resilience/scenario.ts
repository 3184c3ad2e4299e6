import { holds } from '@room-recordings/testing/cases';
import { watchHang } from './hanging-responses.ts';
import type { Failure, Row } from './fault.ts';
import type { State, Way } from './cache-state.ts';
import type { Came, World } from './fault-harness.ts';

/** A row in one state, asked for in one way. */
export interface Situation {
  readonly row: Row;
  readonly state: State;
  readonly way: Way;
  readonly world: World;
  /** Of what is stored; `*` where nothing is. */
  readonly etag: string;
}

/** Proves it, and gives what was answered while the fault was new. */
export type Proof = (situation: Situation) => Promise<Came>;

/** Asks, and lets the time pass that a hanging source needs. */
export async function askAndSitOut(world: World, row: Row, init: RequestInit = {}): Promise<Came> {
  const sitOut = watchHang(world, row.hang);
  const askedAt = world.clock.now();
  const asking = world.ask(init);
  await sitOut(asking);
  const came = await asking;
  const { within = 1_000 } = row;
  const ms = world.clock.now() - askedAt;
  holds(ms <= within, `answered within ${within} ms`, ms);
  if (typeof row.act === 'string') {
    // A redirect that was followed is known to the fake Twilio alone; a call may be given up before it arrives.
    const arrived = (await world.callLog()).length;
    holds(arrived <= world.calls(), 'no call is made behind the back of the edge', arrived);
  }
  return came;
}

/** What a reader gets while nothing is stored; where the runtime's own client decides, one of what the row allows. */
export function failureOf({ id, failure, orError }: Row, came?: Came): Failure {
  if (failure === undefined) throw new Error(`${id} has no failure.`);
  const error = came?.line?.['code'];
  return orError !== undefined && error === orError ? { ...failure, error: orError } : failure;
}

/** What Cache-Status says of a failure that was met for this answer, whatever was stored before. */
export function metNow(row: Row, why: 'uri-miss' | 'stale'): string {
  const { kept } = row;
  return `room-recordings; fwd=${why}; fwd-status=${failureOf(row).status}${kept === undefined ? '' : '; stored'}`;
}
