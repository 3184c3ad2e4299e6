import { RecordingsError } from '../errors.ts';

/** A total time limit, combined with the signal of the client's user. */
export interface Deadline {
  /** Aborts at the deadline, and when the user's signal aborts. */
  readonly signal: AbortSignal;
  /**
   * Checks that the deadline has not passed and the user's signal has not aborted.
   *
   * @throws {RecordingsError} `timeout` or `aborted`: whichever happened first.
   */
  check(): void;
  /**
   * Settles like `work`, or rejects at the deadline if `work` is still pending then.
   *
   * `work` may ignore the signal: its result is discarded.
   */
  race<T>(work: Promise<T>): Promise<T>;
  /** Returns the time that is left, in milliseconds. */
  remaining(): number;
  /** Waits for `ms` milliseconds. Rejects when the deadline passes or the user's signal aborts. */
  sleep(ms: number): Promise<void>;
  /** Removes the timers and, unless the user's signal shall still abort `signal`, its listener. */
  clear(keepsSignal?: boolean): void;
}

/** The maximum delay of a timer, in milliseconds: 24 days. */
export const MAX_TIMEOUT_MS: number = 2 ** 31 - 1;

/**
 * Starts a deadline.
 *
 * The reason is kept in a variable: the signals of React Native, which come from the package abort-controller, have neither
 * `reason` nor `throwIfAborted`.
 *
 * @param timeoutMs the time until the deadline, in milliseconds.
 * @param userSignal ends the deadline early.
 * @param subject what the message of a `timeout` is about.
 */
export function startDeadline(
  timeoutMs: number,
  userSignal: AbortSignal | undefined,
  subject = 'The read',
): Deadline {
  const controller = new AbortController();
  const startedAt = performance.now();
  let reason: RecordingsError | undefined;
  let rejectAborted: (reason: RecordingsError) => void;
  const aborted = new Promise<never>((_, reject) => {
    rejectAborted = reject;
  });
  // Without a handler of its own, a rejection between two races would be unhandled.
  aborted.catch(() => undefined);
  const abort = (error: RecordingsError) => {
    reason ??= error;
    // First, because the abort makes the work reject too.
    rejectAborted(reason);
    controller.abort(reason);
  };
  const timer = setTimeout(() => abort(createTimeoutError(subject, timeoutMs)), timeoutMs);
  const onAbort = () => abort(createAbortError(userSignal?.reason));
  if (userSignal?.aborted === true) onAbort();
  userSignal?.addEventListener('abort', onAbort);
  let sleepTimer: ReturnType<typeof setTimeout> | undefined;
  return {
    signal: controller.signal,
    check() {
      if (reason !== undefined) throw reason;
    },
    race: (work) => Promise.race([aborted, work]),
    remaining: () => timeoutMs - (performance.now() - startedAt),
    async sleep(ms) {
      const elapsed = new Promise<void>((resolve) => {
        sleepTimer = setTimeout(resolve, ms);
      });
      await Promise.race([aborted, elapsed]);
    },
    clear(keepsSignal) {
      clearTimeout(timer);
      clearTimeout(sleepTimer);
      if (keepsSignal !== true) userSignal?.removeEventListener('abort', onAbort);
    },
  };
}

function createTimeoutError(subject: string, timeoutMs: number): RecordingsError {
  return new RecordingsError('timeout', `${subject} did not complete within ${timeoutMs} ms.`);
}

function createAbortError(cause: unknown): RecordingsError {
  return new RecordingsError('aborted', 'The signal aborted the read.', { cause });
}
