import { sleep } from '@room-recordings/http-cache';
import { openCacheApi } from '../adapters/cache-api.ts';
import { withConnectionClose, createFetchHandler } from '../adapters/fetch-adapter.ts';
import { createDropReport, keepListening, type ListeningServer } from '../adapters/server-lifecycle.ts';
import { runServer, type StartServer } from '../adapters/server.ts';
import type { ListenAddress } from '../adapters/start-error.ts';

interface RemoteInfo {
  readonly remoteAddr: { readonly hostname: string };
}

// The part of Deno that is used; Deno's own types would replace the standard ones.
declare const Deno: {
  serve(
    options: ListenAddress & { onListen(): void },
    handler: (request: Request, info: RemoteInfo) => Response | Promise<Response>,
  ): ListeningServer;
  readonly stdout: { write(bytes: Uint8Array): Promise<number> };
};

const serve: StartServer = async (app, address, { now, monotonicNow, report }) => {
  const toResponse = createFetchHandler(app);
  const { handle, close } = withConnectionClose((request: Request, info: RemoteInfo) =>
    toResponse(request, () => info.remoteAddr.hostname),
  );
  const stop = keepListening({
    listen: () => Deno.serve({ ...address, onListen() {} }, handle),
    report: createDropReport({
      monotonicNow,
      report: (times) =>
        report({ level: 'error', time: new Date(now()).toISOString(), server: 'accept_failed', times }),
    }),
    sleep,
  });
  return () => {
    close();
    return stop();
  };
};

/** Deno's emulation of `process.stdout` blocks the whole process while nobody reads. */
async function writeOut(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await Deno.stdout.write(bytes.subarray(sent));
}

await runServer(serve, { cacheApi: await openCacheApi(), writeOut });
