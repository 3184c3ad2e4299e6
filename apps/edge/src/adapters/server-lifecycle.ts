import type { Sleep } from '@room-recordings/http-cache';
import { withTimeout } from '../concurrency/timeout.ts';
import { RESPONSE_TIMEOUT_MS, ROOM_LOOKUP_TIMEOUT_MS } from '../twilio/resilience/policy.ts';

/** A server that listens, as Deno returns it. */
export interface ListeningServer {
  /** Resolves when the server was shut down, and rejects when it cannot accept connections. */
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
}

/** The options of {@link keepListening}. */
export interface KeepListeningOptions {
  /** Starts to listen, or throws. */
  readonly listen: () => ListeningServer;
  /** Notes that a server ended, or could not start again. */
  readonly report: () => void;
  readonly sleep: Sleep;
}

/** Milliseconds until a server that ended listens again: time for connections to close. */
const LISTEN_AGAIN_MS = 500;

/**
 * Starts a server, and starts it again when it ends by itself.
 *
 * Deno's server ends with an error when the process has no file descriptor left for a connection. The connections that it
 * already has go on.
 *
 * @returns the function that shuts the server down.
 * @throws the error of the first start.
 */
export function keepListening({ listen, report, sleep }: KeepListeningOptions): () => Promise<void> {
  const stopping = new AbortController();
  let server = listen();
  void watch();

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const hasFailed = await server.finished.then(
        () => false,
        () => true,
      );
      if (!hasFailed) return;
      report();
      await listenAgain();
    }
  }

  async function listenAgain(): Promise<void> {
    for (;;) {
      await sleep(LISTEN_AGAIN_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        server = listen();
        return;
      } catch {
        report();
      }
    }
  }

  return () => {
    stopping.abort();
    return server.shutdown();
  };
}

/** Milliseconds between two reports. */
const REPORT_INTERVAL_MS = 10_000;

/** The options of {@link createDropReport}. */
export interface DropReportOptions {
  /** Takes the number of connections that were dropped since the last report. */
  readonly report: (count: number) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicNow: () => number;
}

/**
 * Creates a function that counts dropped connections and reports them, the first at once and then every ten seconds at most:
 * a flood of connections must not become a flood of log entries.
 */
export function createDropReport({ report, monotonicNow }: DropReportOptions): () => void {
  let count = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return () => {
    count += 1;
    const now = monotonicNow();
    if (now - reportedAt < REPORT_INTERVAL_MS) return;
    report(count);
    count = 0;
    reportedAt = now;
  };
}

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
  readonly sleep: Sleep;
}

/** Waits until the process may exit without a loss: at most 16 s for responses and background work, then at most 1 s for the log. */
export async function shutDown(steps: ShutDownSteps): Promise<void> {
  const { stopServer, settleBackground, settleLog, sleep } = steps;
  // A connection that sends nothing would keep a server open for as long as its client likes.
  await withTimeout(stopServer().then(settleBackground), GRACE_MS, sleep);
  await withTimeout(settleLog(), FLUSH_MS, sleep);
}

/** Work that goes on behind answers: refreshes, and writes to the Cache API. */
export interface BackgroundTasks {
  /** Takes work that outlives an answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Waits until all of it is done, or has failed. */
  readonly settle: () => Promise<void>;
}

/** Keeps in mind what runs, so that a process that ends in good order loses none of it. */
export function createWaitUntil(): BackgroundTasks {
  const running = new Set<Promise<unknown>>();
  const waiting: (() => void)[] = [];
  return {
    waitUntil(work) {
      running.add(work);
      const forget = () => {
        running.delete(work);
        if (running.size === 0) for (const resume of waiting.splice(0)) resume();
      };
      work.then(forget, forget);
    },
    async settle() {
      // The end of one work may begin another. A loop over the promises themselves would block every timer if one were kept.
      while (running.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
