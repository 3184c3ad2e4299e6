import type { Hang } from './fault.ts';
import type { World } from './fault-harness.ts';

/** Waits for work that a hanging source holds up. */
export type SitOut = (work: Promise<unknown>) => Promise<void>;

/**
 * Lets time pass, as often as a hanging source needs it, until the work is done; to be made before the work begins.
 *
 * @param hang undefined for a source that does not hang.
 */
export function watchHang(world: World, hang: Hang | undefined): SitOut {
  if (hang === undefined) return async (work) => void (await work);
  let seen = world.seen.count(hang.after);
  return async (work) => {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    for (;;) {
      if (hang.after === 'piece') await world.cue();
      seen += 1;
      await world.seen.until(hang.after, seen, done);
      if (isDone) return;
      await world.clock.advance(hang.pass);
    }
  };
}
