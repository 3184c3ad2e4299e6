import { NotForwardedError } from '../../src/index.ts';
import { makeWorld, reply, type Origin, type World } from './world.ts';

/** A world with one answer in it that has been stale for so many seconds, and an origin that has changed since. */
export async function staleFor(
  seconds: number,
  fields: Record<string, string>,
  origin: Origin,
  status = 200,
): Promise<World> {
  const world = makeWorld(() => reply(fields, 'old', status));
  await world.get();
  world.pass(10 + seconds);
  world.answer(origin);
  return world;
}

/** Cannot be reached. */
export const refuse: Origin = () => Promise.reject(new TypeError('refused'));
/** Is not asked. */
export const pause: Origin = () => Promise.reject(new NotForwardedError('circuit-open'));
