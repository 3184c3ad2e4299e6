import { toFetchHandler } from './fetch-server.ts';
import { runProcess, type Address } from './process.ts';

// The part of Bun's server that is used; Bun's own types would replace the standard ones.
declare const Bun: {
  serve(
    options: Address & {
      readonly fetch: (
        request: Request,
        server: { requestIP(request: Request): { readonly address: string } | null },
      ) => Response | Promise<Response>;
      readonly development: false;
      /** Seconds without a byte after which a connection is closed. */
      readonly idleTimeout: number;
    },
  ): { stop(): Promise<void> };
};

await runProcess(async (app, address) => {
  const handle = toFetchHandler(app);
  const server = Bun.serve({
    ...address,
    fetch: (request, listener) => handle(request, () => listener.requestIP(request)?.address),
    development: false,
    // Above the longest answer: Bun's own ten seconds end before that of a source that gives none.
    idleTimeout: 60,
  });
  return () => server.stop();
});
