import { createFetchHandler, withConnectionClose } from '../adapters/fetch-adapter.ts';
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

/** Longer than the longest response: Bun's idle time includes the time until the response is ready. */
const RESPONSE_SECONDS = 30;

await runServer(async (app, address, { keepAliveSeconds }) => {
  const respond = createFetchHandler(app);
  const { handle, close } = withConnectionClose((request: Request, server: BunServer) => {
    const response = respond(request, () => server.requestIP(request)?.address);
    if (!(response instanceof Promise) || keepAliveSeconds >= RESPONSE_SECONDS) return response;
    // Bun has one limit for idle connections and pending responses: it is raised until the response is ready.
    server.timeout(request, RESPONSE_SECONDS);
    return response.finally(() => server.timeout(request, keepAliveSeconds));
  });
  const server = Bun.serve({ ...address, fetch: handle, development: false, idleTimeout: keepAliveSeconds });
  return () => {
    close();
    return server.stop();
  };
});
