/** Returns the time of a clock, in milliseconds. */
export type ReadClock = () => number;

/** The two clocks of a monotonic clock. */
interface Clocks {
  /** The wall clock, milliseconds since 1970. It may be set forward or back. */
  readonly now: ReadClock;
  /** Milliseconds since any moment. This clock cannot be set, but may stand still while the machine is suspended. */
  readonly elapsed: ReadClock;
}

/** The lead of the wall clock that counts as a jump, milliseconds. */
const JUMP_MS = 1_000;

/**
 * Milliseconds: a smaller step of the wall clock is used without reading the other clock, which costs twice as much
 * (`performance.now()` against `Date.now()`).
 */
const MAX_TRUSTED_STEP_MS = 50;

/** Milliseconds after which the two clocks are compared again. */
const COMPARISON_INTERVAL_MS = 1_000;

/**
 * Creates a clock for durations. It starts at the time of the wall clock and never goes back. If the wall clock is set back, the
 * monotonic clock does not change. If the wall clock jumps forward, the monotonic clock follows, because a suspended machine looks
 * the same: a response that was fresh before the suspension must not stay fresh for hours.
 *
 * The default clock of http-cache also follows a wall clock that is set forward by less than a second. That costs only freshness
 * there. Here it would give clients a part of their limits back.
 *
 * @returns a clock of whole milliseconds. Its times are comparable only with each other.
 */
export function createMonotonicClock({ now, elapsed }: Clocks): ReadClock {
  let shift = now() - elapsed();
  /** The lead of the wall clock at the last comparison. */
  let lead = 0;
  let comparedAt = now();
  let previous = comparedAt;
  let comparedTime = Math.floor(elapsed() + shift);
  let latest = comparedTime;

  function compare(wall: number): void {
    const at = elapsed();
    const nextLead = wall - (at + shift);
    if (nextLead - lead > JUMP_MS) shift += nextLead - lead;
    // After a step back the lead counts from there. Small steps forward add up until they are a jump.
    else if (nextLead < lead) lead = nextLead;
    comparedAt = wall;
    comparedTime = Math.max(latest, Math.floor(at + shift));
    latest = comparedTime;
  }

  return () => {
    const wall = now();
    // Most cache hits happen in the same millisecond as the previous one.
    if (wall === previous) return latest;
    const step = wall - previous;
    previous = wall;
    if (step < 0 || step >= MAX_TRUSTED_STEP_MS || wall - comparedAt >= COMPARISON_INTERVAL_MS) compare(wall);
    else latest = comparedTime + wall - comparedAt;
    return latest;
  };
}

/** Creates a monotonic clock from the clocks of the runtime. */
export function createRuntimeClock(): ReadClock {
  return createMonotonicClock({ now: () => Date.now(), elapsed: () => performance.now() });
}

/**
 * Creates a clock for durations from a wall clock alone. If the wall clock is set back, the clock continues from its last time. The
 * time between the last read and the change is lost.
 */
export function createClockFromWall(now: ReadClock): ReadClock {
  let previous = now();
  let offset = 0;
  return createMonotonicClock({
    now,
    elapsed() {
      const wall = now();
      offset += Math.max(0, previous - wall);
      previous = wall;
      return wall + offset;
    },
  });
}
