import { RecordingsError } from './errors.ts';

/** A time limit joined with the caller's signal. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Names what ended the work, or the given fault where nothing did. */
  explain(fault: unknown): unknown;
  /** Milliseconds that are left. */
  remaining(): number;
  /** Waits, and throws when the deadline or the caller ends the wait. */
  pause(ms: number): Promise<void>;
  /** Takes the timer and the listener away. */
  end(): void;
}

/** Starts a time limit of `timeoutMs` milliseconds that the caller's signal can end earlier. */
export function startDeadline(timeoutMs: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const startedAt = performance.now();
  const timer = setTimeout(() => controller.abort(timedOut(timeoutMs)), timeoutMs);
  const onAbort = () => controller.abort(aborted(caller?.reason));
  if (caller?.aborted === true) onAbort();
  caller?.addEventListener('abort', onAbort, { once: true });
  const { signal } = controller;
  return {
    signal,
    explain: (fault) => (signal.aborted ? signal.reason : fault),
    remaining: () => timeoutMs - (performance.now() - startedAt),
    pause: (ms) => pause(ms, signal),
    end() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onAbort);
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

function timedOut(timeoutMs: number): RecordingsError {
  return new RecordingsError('timeout', `No complete answer came within ${timeoutMs} ms.`);
}

function aborted(cause: unknown): RecordingsError {
  return new RecordingsError('aborted', 'The caller ended the request.', { cause });
}
