import { runProcess, type Address } from './process.ts';
import type { App } from '../app.ts';

// The part of Deno's server that is used; Deno's own types would replace the standard ones.
declare const Deno: {
  serve(options: Address & { onListen(): void }, app: App): { shutdown(): Promise<void> };
};

await runProcess(async (app, address) => {
  const server = Deno.serve({ ...address, onListen() {} }, app);
  return () => server.shutdown();
});
