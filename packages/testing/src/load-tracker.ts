import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** The calls of a server since the last look. */
interface Load {
  readonly calls: number;
  /** The greatest number of calls at the same time. */
  readonly mostRunning: number;
}

/** Calls that overlap for less time do not count as simultaneous. Milliseconds. */
const OVERLAP_MS = 5;

/** Creates a counter of calls and of simultaneous calls. */
export function trackLoad(): { start(socket: Socket): () => void; take(): Load } {
  let calls = 0;
  let running = 0;
  let mostRunning = 0;
  return {
    /** Counts a call, and returns a function to call at its end. */
    start(socket) {
      calls += 1;
      let isRunning = false;
      // An aborted call and its successor use two connections: the end of the first may arrive after the start of the second.
      const counting = setTimeout(() => {
        isRunning = true;
        running += 1;
        mostRunning = Math.max(mostRunning, running);
      }, OVERLAP_MS);
      const end = () => {
        socket.off('close', end);
        clearTimeout(counting);
        if (isRunning) running -= 1;
        isRunning = false;
      };
      socket.once('close', end);
      return end;
    },
    take() {
      const load = { calls, mostRunning };
      calls = 0;
      mostRunning = running;
      return load;
    },
  };
}

/** Waits for milliseconds; a delay of up to 1,000 ms is exact. */
export async function waitPrecisely(ms: number): Promise<void> {
  const end = performance.now() + ms;
  // Timers fire up to 1 ms late, which is more than the overhead that is measured beside a short delay. A busy core would
  // distort what is measured during a long one.
  const timerMs = ms > 1_000 ? ms : ms - 3;
  if (timerMs > 0) await new Promise((resolve) => setTimeout(resolve, timerMs));
  if (ms > 1_000) return;
  while (performance.now() < end) await nextTurn();
}
