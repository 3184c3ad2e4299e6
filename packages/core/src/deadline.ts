import { RecordingsError } from './errors.ts';

/** A time limit joined with the caller's signal. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Gives what work gives, or throws what ended it first: work that does not hear the signal is left behind. */
  within<T>(work: Promise<T>): Promise<T>;
  /** Milliseconds that are left. */
  remaining(): number;
  /** Waits, and throws when the deadline or the caller ends the wait. */
  pause(ms: number): Promise<void>;
  /** Takes the timer and the listener away. */
  end(): void;
}

/** The longest time limit that timers can keep, in milliseconds: 24 days. */
export const LONGEST_TIMEOUT_MS: number = 2 ** 31 - 1;

/** Starts a time limit of `timeoutMs` milliseconds that the caller's signal can end earlier. */
export function startDeadline(timeoutMs: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const startedAt = performance.now();
  const timer = setTimeout(() => controller.abort(timedOut(timeoutMs)), timeoutMs);
  const onAbort = () => controller.abort(aborted(caller?.reason));
  if (caller?.aborted === true) onAbort();
  caller?.addEventListener('abort', onAbort, { once: true });
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Whoever waits within the deadline hears of it there.
  ended.catch(() => undefined);
  let resting: ReturnType<typeof setTimeout> | undefined;
  return {
    signal,
    within: (work) => Promise.race([ended, work]),
    remaining: () => timeoutMs - (performance.now() - startedAt),
    async pause(ms) {
      const rest = new Promise<void>((resolve) => {
        resting = setTimeout(resolve, ms);
      });
      await Promise.race([ended, rest]);
    },
    end() {
      clearTimeout(timer);
      clearTimeout(resting);
      caller?.removeEventListener('abort', onAbort);
    },
  };
}

function timedOut(timeoutMs: number): RecordingsError {
  return new RecordingsError('timeout', `No complete answer came within ${timeoutMs} ms.`);
}

function aborted(cause: unknown): RecordingsError {
  return new RecordingsError('aborted', 'The caller ended the request.', { cause });
}
