import { withConnectionClose, createFetchHandler } from '../adapters/fetch-adapter.ts';
import { runServer } from '../adapters/server.ts';
import type { ListenAddress } from '../adapters/start-error.ts';

interface BunServer {
  requestIP(request: Request): { readonly address: string } | null;
  /** Sets the seconds without a byte after which this request's connection is closed. */
  timeout(request: Request, seconds: number): void;
  stop(): Promise<void>;
}

// The part of Bun's server that is used; Bun's own types would replace the standard ones.
declare const Bun: {
  serve(
    options: ListenAddress & {
      readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>;
      readonly development: false;
      /** Seconds without a byte after which a connection is closed, 255 at most. */
      readonly idleTimeout: number;
    },
  ): BunServer;
};

/** Above the longest response: Bun counts the time in which a response is made as idle. */
const LONGEST_RESPONSE_SECONDS = 30;

await runServer(async (app, address, { keepAliveSeconds }) => {
  const toResponse = createFetchHandler(app);

  /** Bun knows one limit for both: it is raised while a response is made. */
  async function allowTime(request: Request, server: BunServer, response: Promise<Response>) {
    server.timeout(request, LONGEST_RESPONSE_SECONDS);
    const made = await response;
    server.timeout(request, keepAliveSeconds);
    return made;
  }

  const { handle, close } = withConnectionClose((request: Request, server: BunServer) => {
    const response = toResponse(request, () => server.requestIP(request)?.address);
    const isShort = response instanceof Promise && keepAliveSeconds < LONGEST_RESPONSE_SECONDS;
    return isShort ? allowTime(request, server, response) : response;
  });
  const server = Bun.serve({ ...address, fetch: handle, development: false, idleTimeout: keepAliveSeconds });
  return () => {
    close();
    return server.stop();
  };
});
