/** The time at which a fake clock starts: Monday, 2 March 2026, 10:00:00 UTC. Milliseconds. */
export const NOW: number = Date.UTC(2026, 2, 2, 10);

/** One wait on a fake clock. */
export interface FakeTimer {
  /** The length of the wait, milliseconds. */
  readonly ms: number;
  /** The signal that ends the wait early. */
  readonly signal: AbortSignal;
  /** Ends the wait now, whatever the time is. */
  readonly fire: () => void;
}

/** A clock that a test moves, so that no test waits for real time. */
export interface FakeClock {
  /** Returns the time, milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves when the clock has advanced by `ms`, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Every wait that was started, in order. */
  readonly timers: readonly FakeTimer[];
  /** Returns the number of waits that have neither ended nor been aborted. */
  readonly pending: () => number;
  /** Advances the time by milliseconds, and fires the due timers in order of time. */
  advance(ms: number): Promise<void>;
  /** Advances the time alone: the due timers fire at the next `advance`. */
  skip(ms: number): void;
}

/** Creates a clock that stands at `start`, milliseconds since 1970. */
export function createFakeClock(start: number = NOW): FakeClock {
  let now = start;
  const timers: FakeTimer[] = [];
  const pending = new Map<FakeTimer, number>();
  return {
    now: () => now,
    timers,
    pending: () => pending.size,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const fire = () => {
          pending.delete(timer);
          resolve();
        };
        const timer: FakeTimer = { ms, signal, fire };
        timers.push(timer);
        pending.set(timer, now + ms);
        signal.addEventListener('abort', fire);
      }),
    async advance(ms) {
      const end = now + ms;
      await runPendingWork();
      for (;;) {
        const [next] = [...pending].filter(([, at]) => at <= end).toSorted(([, a], [, b]) => a - b);
        if (next === undefined) break;
        const [timer, at] = next;
        now = at;
        timer.fire();
        await runPendingWork();
      }
      now = end;
    },
    skip(ms) {
      now += ms;
    },
  };
}

/** Workerd has no `setImmediate`. On the other runtimes a timer of 0 ms takes a millisecond. */
const startMacrotask: (run: (value: unknown) => void) => unknown =
  'setImmediate' in globalThis ? setImmediate : setTimeout;

/** Runs all pending promise reactions and one macrotask, which streams need. */
async function runPendingWork(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
  await new Promise((resolve) => startMacrotask(resolve));
}
