import type { Sleep } from '@room-recordings/http-cache';

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
  readonly delay: Sleep;
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
export function keepListening({ listen, report, delay }: KeepListeningOptions): () => Promise<void> {
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
      await delay(LISTEN_AGAIN_MS, stopping.signal);
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
