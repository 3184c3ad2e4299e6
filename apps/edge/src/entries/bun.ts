import { toFetchHandler } from './fetch-server.ts';
import { runProcess, type Address } from './process.ts';

// The part of Bun's server that is used; Bun's own types would replace the standard ones.
declare const Bun: {
  serve(
    options: Address & { readonly fetch: ReturnType<typeof toFetchHandler>; readonly development: false },
  ): { stop(): Promise<void> };
};

await runProcess(async (app, address) => {
  const server = Bun.serve({ ...address, fetch: toFetchHandler(app), development: false });
  return () => server.stop();
});
