import { toFetchHandler } from './fetch-server.ts';
import { openCache } from './open-cache.ts';
import { runProcess, type Address } from './process.ts';

// The part of Deno's server that is used; Deno's own types would replace the standard ones.
declare const Deno: {
  serve(
    options: Address & { onListen(): void },
    handler: (
      request: Request,
      info: { readonly remoteAddr: { readonly hostname: string } },
    ) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> };
};

await runProcess(
  async (app, address) => {
    const handle = toFetchHandler(app);
    const server = Deno.serve({ ...address, onListen() {} }, (request, info) =>
      handle(request, () => info.remoteAddr.hostname),
    );
    return () => server.shutdown();
  },
  await openCache(),
);
