import { RecordingsError } from '../errors.ts';

/** A time limit joined with the caller's signal. */
export interface Deadline {
  readonly signal: AbortSignal;
  /**
   * Checks that nothing has ended the work.
   *
   * @throws {RecordingsError} `timeout` or `aborted`: the first of the two that came.
   */
  check(): void;
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
export const MAX_TIMEOUT_MS: number = 2 ** 31 - 1;

/**
 * Starts a time limit of `timeoutMs` milliseconds that the caller's signal can end earlier.
 *
 * The reason stays in a variable: the signals of React Native, which come from the package abort-controller, have neither
 * `reason` nor `throwIfAborted`.
 */
export function startDeadline(timeoutMs: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const startedAt = performance.now();
  let reason: RecordingsError | undefined;
  let rejectEnded: (reason: RecordingsError) => void;
  const ended = new Promise<never>((_, reject) => {
    rejectEnded = reject;
  });
  // Whoever waits within the deadline hears of it there.
  ended.catch(() => undefined);
  const end = (why: RecordingsError) => {
    reason ??= why;
    // First, because the abort makes the work fail too.
    rejectEnded(reason);
    controller.abort(reason);
  };
  const timer = setTimeout(() => end(timedOut(timeoutMs)), timeoutMs);
  const onAbort = () => end(aborted(caller?.reason));
  if (caller?.aborted === true) onAbort();
  caller?.addEventListener('abort', onAbort);
  let resting: ReturnType<typeof setTimeout> | undefined;
  return {
    signal: controller.signal,
    check() {
      if (reason !== undefined) throw reason;
    },
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
