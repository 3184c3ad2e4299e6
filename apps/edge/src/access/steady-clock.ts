/**
 * A clock that never goes back: where the one that it reads is set back, it goes on from where it stood. Times of it compare
 * with one another alone; both are in milliseconds.
 *
 * Nobody knows how much time went by between the last look at it and the setting: that much it loses.
 */
export function steadyClock(now: () => number): () => number {
  let seenAt = now();
  let time = seenAt;
  return () => {
    const at = now();
    time += Math.max(0, at - seenAt);
    seenAt = at;
    return time;
  };
}
