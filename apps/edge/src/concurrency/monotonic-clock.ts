/** Reads a clock: milliseconds. */
export type ReadClock = () => number;

/** The clocks that a monotonic one is made of. */
interface Clocks {
  /** The wall clock, milliseconds since 1970; somebody may set it. */
  readonly now: ReadClock;
  /** Milliseconds since some moment; nobody can set it, but it may stand still while the machine is suspended. */
  readonly elapsed: ReadClock;
}

/** By how much the wall clock must have run ahead for a jump, milliseconds. */
const JUMP_MS = 1_000;

/**
 * The step of the wall clock that is believed, and for how long steps are, milliseconds: to read it costs a hit half of what
 * `performance.now()` costs.
 */
const BELIEVED_STEP_MS = 50;
const BELIEVED_MS = 1_000;

/**
 * Makes a clock for durations: it starts at the wall clock's time and never goes back. A wall clock that is set back does not
 * change it. One that jumps ahead moves it along, because a suspended machine looks the same: what was fresh before must not be
 * fresh for hours more.
 *
 * The default clock of http-cache is another one, which follows a wall clock that is set ahead by less than a second: there that
 * costs freshness alone, but here it would give callers back a part of their limits.
 *
 * @returns whole milliseconds; they compare with one another alone.
 */
export function createMonotonicClock({ now, elapsed }: Clocks): ReadClock {
  let shift = now() - elapsed();
  /** How far the wall clock was ahead when it was last compared. */
  let lead = 0;
  let comparedAt = now();
  let seenAt = comparedAt;
  let comparedTime = Math.floor(elapsed() + shift);
  let latest = comparedTime;

  function compare(wall: number): void {
    const at = elapsed();
    const nextLead = wall - (at + shift);
    if (nextLead - lead > JUMP_MS) shift += nextLead - lead;
    // A clock that was set back starts anew from there; small steps add up until they are a jump.
    else if (nextLead < lead) lead = nextLead;
    comparedAt = wall;
    comparedTime = Math.max(latest, Math.floor(at + shift));
    latest = comparedTime;
  }

  return () => {
    const wall = now();
    // Most hits come in the millisecond of the one before.
    if (wall === seenAt) return latest;
    const step = wall - seenAt;
    seenAt = wall;
    if (step < 0 || step >= BELIEVED_STEP_MS || wall - comparedAt >= BELIEVED_MS) compare(wall);
    else latest = comparedTime + wall - comparedAt;
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
export function createClockFromWall(now: ReadClock): ReadClock {
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
