import type { Sleep } from '@room-recordings/http-cache';
import { RESPONSE_TIMEOUT_MS, ROOM_LOOKUP_TIMEOUT_MS } from '../twilio/resilience/policy.ts';

/** Above the longest read, in milliseconds: the look-up of a room, then the recording. */
const GRACE_MS = ROOM_LOOKUP_TIMEOUT_MS + RESPONSE_TIMEOUT_MS + 500;

/** How long the log may take to write what waits, in milliseconds: its reader may have stalled. */
const FLUSH_MS = 1_000;

/** The steps of {@link shutDown}. */
export interface ShutDownSteps {
  /** Stops accepting, and resolves when every response that is due has been sent. */
  readonly stopServer: () => Promise<void>;
  /** Resolves when no refresh and no write to the cache runs any more. */
  readonly settleBackground: () => Promise<void>;
  /** Resolves when every queued log entry has been written. */
  readonly settleLog: () => Promise<void>;
  readonly delay: Sleep;
}

/** Waits until the process may exit without a loss: at most 16 s for responses and background work, then at most 1 s for the log. */
export async function shutDown(steps: ShutDownSteps): Promise<void> {
  const { stopServer, settleBackground, settleLog, delay } = steps;
  // A connection that sends nothing would keep a server open for as long as its client likes.
  await waitAtMost(stopServer().then(settleBackground), GRACE_MS, delay);
  await waitAtMost(settleLog(), FLUSH_MS, delay);
}

async function waitAtMost(work: Promise<void>, ms: number, delay: Sleep): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([work, delay(ms, timer.signal)]);
  } finally {
    timer.abort();
  }
}
