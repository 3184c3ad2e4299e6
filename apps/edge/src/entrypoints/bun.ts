import { createFetchHandler, toReadableStream, withConnectionClose } from '../adapters/fetch-adapter.ts';
import { runServer } from '../adapters/server.ts';
import type { ListenAddress } from '../adapters/start-error.ts';

interface BunServer {
  requestIP(request: Request): { readonly address: string } | null;
  /** Sets the seconds without a byte after which the connection of a request is closed. */
  timeout(request: Request, seconds: number): void;
  stop(): Promise<void>;
}

interface BunServeOptions extends ListenAddress {
  readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>;
  readonly development: false;
  /** Seconds without a byte after which a connection is closed, at most 255. */
  readonly idleTimeout: number;
}

// The used part of Bun: its own types would replace the standard ones.
declare const Bun: { serve(options: BunServeOptions): BunServer };

/** Longer than the longest wait for a response, that for a scan of media: Bun's idle time includes the time until the response is ready. */
const RESPONSE_SECONDS = 60;

/** The maximum of Bun. A client that pauses a stream for longer requests the rest by a range. */
const STREAM_SECONDS = 255;

await runServer(async (app, address, { keepAliveSeconds }) => {
  const streaming = new WeakSet<Request>();
  const respond = createFetchHandler(app, (body, _length, request) => {
    streaming.add(request);
    return toReadableStream(body);
  });
  const { handle, close } = withConnectionClose((request: Request, server: BunServer) => {
    const response = respond(request, () => server.requestIP(request)?.address);
    if (!(response instanceof Promise)) return response;
    // Bun has one limit for idle connections, pending responses and clients that pause a stream.
    if (keepAliveSeconds < RESPONSE_SECONDS) server.timeout(request, RESPONSE_SECONDS);
    return response.finally(() =>
      server.timeout(request, streaming.has(request) ? STREAM_SECONDS : keepAliveSeconds),
    );
  });
  const server = Bun.serve({ ...address, fetch: handle, development: false, idleTimeout: keepAliveSeconds });
  return () => {
    close();
    return server.stop();
  };
});
