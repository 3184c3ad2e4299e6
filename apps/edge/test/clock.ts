import type { Sleep } from '@room-recordings/http-cache';

/** Monday, 2 March 2026, 10:00:00 UTC. */
export const NOW: number = Date.UTC(2026, 2, 2, 10);

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock that a test moves; nothing waits for real. */
export interface Clock {
  readonly now: () => number;
  readonly sleep: Sleep;
  /** How many waits have neither ended nor been called off. */
  readonly waiting: () => number;
  /** Lets milliseconds pass, and everything happen that is due meanwhile, in its order. */
  pass(ms: number): Promise<void>;
  /** Moves the time alone: what is due meanwhile happens with the next `pass`. */
  skip(ms: number): void;
}

/** Workerd has no setImmediate, and elsewhere a timer of 0 ms waits for one. */
const nextTurn: (run: (value: unknown) => void) => unknown =
  'setImmediate' in globalThis ? setImmediate : setTimeout;

/** Lets everything run that is ready: chains of promises, and a turn of the event loop for streams. */
async function turn(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
  await new Promise((resolve) => nextTurn(resolve));
}

/** Makes a clock that stands at `NOW`. */
export function makeClock(): Clock {
  let now = NOW;
  const timers = new Set<Timer>();
  return {
    now: () => now,
    waiting: () => timers.size,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const end = () => {
          timers.delete(timer);
          resolve();
        };
        const timer: Timer = { at: now + ms, fire: end };
        timers.add(timer);
        signal.addEventListener('abort', end);
      }),
    async pass(ms) {
      const until = now + ms;
      await turn();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        now = next.at;
        next.fire();
        await turn();
      }
      now = until;
    },
    skip(ms) {
      now += ms;
    },
  };
}
