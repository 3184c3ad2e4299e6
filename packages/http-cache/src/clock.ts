/** How often the clock is compared with the monotonic one, milliseconds: reading both at each hit would cost more than the look-up. */
const COMPARISON_INTERVAL_MS = 1000;

/**
 * Creates a clock of milliseconds since 1970 that never goes back.
 *
 * It is the wall clock until that is set back. From then on it runs ahead of the wall clock by the difference, so that no response
 * is fresh for longer. It follows a wall clock that is set forward, because a monotonic clock may stand still while a machine sleeps.
 *
 * An application that limits calls by time needs a stricter clock, which a small step of the wall clock does not move, and passes it
 * as `now`.
 *
 * @param wall the wall clock, milliseconds since 1970.
 * @param monotonic a clock that cannot be set, milliseconds.
 */
export function createClock(
  wall: () => number = () => Date.now(),
  monotonic: () => number = () => performance.now(),
): () => number {
  let comparedAt = wall();
  let monotonicThen = monotonic();
  let lead = 0;
  let latest = comparedAt;
  return () => {
    const seen = wall();
    if (seen < comparedAt || seen >= comparedAt + COMPARISON_INTERVAL_MS) {
      const monotonicNow = monotonic();
      const passed = Math.max(0, monotonicNow - monotonicThen);
      lead = Math.max(0, comparedAt + lead + passed - seen);
      comparedAt = seen;
      monotonicThen = monotonicNow;
    }
    const time = seen + lead;
    if (time > latest) latest = time;
    return latest;
  };
}
