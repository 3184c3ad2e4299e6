import { toFetchHandler } from './fetch-server.ts';
import { openCache } from './open-cache.ts';
import { runProcess, type Address } from './process.ts';

// The part of Deno's server that is used; Deno's own types would replace the standard ones.
declare const Deno: {
  serve(
    options: Address & { onListen(): void },
    handler: ReturnType<typeof toFetchHandler>,
  ): { shutdown(): Promise<void> };
};

await runProcess(
  async (app, address) => {
    const server = Deno.serve({ ...address, onListen() {} }, toFetchHandler(app));
    return () => server.shutdown();
  },
  await openCache(),
);
