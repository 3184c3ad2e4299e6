/** What can be seen of a call: that it went out, that its headers came, a piece of its body. */
export type Sight = 'request' | 'headers' | 'piece';

/** Counts what was seen, and lets others wait for it: the barrier of a test that hangs on purpose. */
export interface Sightings {
  note(what: Sight): void;
  count(what: Sight): number;
  /** Waits until as many were seen, or `work` is done without. */
  until(what: Sight, count: number, work: Promise<unknown>): Promise<void>;
}

/** Makes it, with nothing seen. */
export function makeSightings(): Sightings {
  const counts = { request: 0, headers: 0, piece: 0 };
  let listeners: (() => void)[] = [];
  return {
    note(what) {
      counts[what] += 1;
      const told = listeners;
      listeners = [];
      for (const listener of told) listener();
    },
    count: (what) => counts[what],
    async until(what, count, work) {
      const done = work.then(
        () => true,
        () => true,
      );
      while (counts[what] < count) {
        const noted = new Promise<false>((resolve) => listeners.push(() => resolve(false)));
        if (await Promise.race([done, noted])) return;
      }
    },
  };
}
