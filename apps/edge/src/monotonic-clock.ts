/** Reads a clock: milliseconds. */
export type ReadClock = () => number;

/** The clocks that a monotonic one is made of. */
interface Clocks {
  /** The wall clock, milliseconds since 1970; somebody may set it. */
  readonly now: ReadClock;
  /** Milliseconds since some moment; nobody can set it, but it may stand still while the machine is suspended. */
  readonly elapsed: ReadClock;
}

/** How often the wall clock is looked at, and by how much it must have run ahead for a jump, milliseconds. */
const LOOK_MS = 1_000;
const JUMP_MS = 1_000;

/**
 * Makes a clock for durations: it starts at the wall clock's time and never goes back. A wall clock that is set back does not
 * change it. One that jumps ahead moves it along within a second, because a suspended machine looks the same: what was fresh
 * before must not be fresh for hours more.
 *
 * @returns whole milliseconds; they compare with one another alone.
 */
export function createMonotonicClock({ now, elapsed }: Clocks): ReadClock {
  let shift = now() - elapsed();
  let lookAt = elapsed() + LOOK_MS;
  /** How far the wall clock was ahead when it was last looked at. */
  let lead = 0;
  let latest = Math.floor(elapsed() + shift);

  function look(at: number): void {
    const nextLead = now() - (at + shift);
    if (nextLead - lead > JUMP_MS) shift += nextLead - lead;
    // A clock that was set back starts anew from there; small steps add up until they are a jump.
    else if (nextLead < lead) lead = nextLead;
    lookAt = at + LOOK_MS;
  }

  return () => {
    const at = elapsed();
    if (at >= lookAt) look(at);
    const time = Math.floor(at + shift);
    if (time > latest) latest = time;
    return latest;
  };
}

/** Makes a monotonic clock of the runtime's own clocks. */
export function createRuntimeClock(): ReadClock {
  return createMonotonicClock({ now: () => Date.now(), elapsed: () => performance.now() });
}

/**
 * Makes a clock for durations of a wall clock alone: where that is set back, it goes on from where it stood. The time between the
 * last look at it and the setting is lost.
 */
export function createSteadyClock(now: ReadClock): ReadClock {
  let seenAt = now();
  let ahead = 0;
  return createMonotonicClock({
    now,
    elapsed() {
      const at = now();
      ahead += Math.max(0, seenAt - at);
      seenAt = at;
      return at + ahead;
    },
  });
}
