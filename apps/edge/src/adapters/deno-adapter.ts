import { sleep, type Sleep } from '@room-recordings/http-cache';
import { createFetchHandler, withConnectionClose } from './fetch-adapter.ts';
import { createDropReport } from './log-writer.ts';
import type { StartServer } from './server.ts';
import type { ListenAddress } from './start-error.ts';

interface RemoteInfo {
  readonly remoteAddr: { readonly hostname: string };
}

// The used part of Deno: its own types would replace the standard ones.
declare const Deno: {
  serve(
    options: ListenAddress & { onListen(): void },
    handler: (request: Request, info: RemoteInfo) => Response | Promise<Response>,
  ): DenoServer;
  readonly stdout: { write(bytes: Uint8Array): Promise<number> };
};

import { logEntry } from '../logging.ts';

/** Serves the app with Deno's server. */
export const serveDeno: StartServer = async (app, address, { now, monotonicNow, report }) => {
  const respond = createFetchHandler(app);
  const { handle, close } = withConnectionClose((request: Request, info: RemoteInfo) =>
    respond(request, () => info.remoteAddr.hostname),
  );
  const stop = keepListening({
    listen: () => Deno.serve({ ...address, onListen() {} }, handle),
    report: createDropReport({
      monotonicNow,
      report: (times) => report(logEntry('server.accept_failed', now(), { failures: times })),
    }),
    sleep,
  });
  return () => {
    close();
    return stop();
  };
};

/** Writes text to stdout. Deno's emulation of `process.stdout` blocks the whole process while nobody reads. */
export async function writeDenoStdout(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await Deno.stdout.write(bytes.subarray(sent));
}

/** A listening server, as Deno returns it. */
interface DenoServer {
  /** Resolves when the server was shut down. Rejects if it cannot accept connections. */
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
}

/** The options of {@link keepListening}. */
export interface KeepListeningOptions {
  /** Starts to listen, or throws. */
  readonly listen: () => DenoServer;
  /** Called if a server ended by itself, and for each failed restart. */
  readonly report: () => void;
  readonly sleep: Sleep;
}

/** Milliseconds until a restart: in this time connections close and release their file descriptors. */
const RESTART_DELAY_MS = 500;

/**
 * Starts a server, and restarts it whenever it ends by itself.
 *
 * Deno's server ends with an error if the process has no file descriptor left for a connection. Its open connections continue.
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
      await restart();
    }
  }

  async function restart(): Promise<void> {
    for (;;) {
      await sleep(RESTART_DELAY_MS, stopping.signal);
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
