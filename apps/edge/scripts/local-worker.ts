import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_readConfig as readConfig } from 'wrangler';
import type { D1Binding } from '../src/source/d1.ts';

/** Where the built Worker is served, and with what. */
export interface LocalWorkerOptions {
  readonly host: string;
  readonly port: number;
  /** The folder that keeps D1; wrangler's own, so that both see one database. */
  readonly state: string;
  /** The Worker's settings. */
  readonly variables: Readonly<Record<string, string>>;
  /** Takes what the Worker logs. */
  readonly write: (line: string) => void;
}

/** The built Worker in workerd. */
export interface LocalWorker {
  readonly database: D1Binding;
  stop(): Promise<void>;
}

const EDGE = resolve(import.meta.dirname, '..');

/** Serves the built Worker with its D1 database, straight from workerd's own socket. */
export async function startLocalWorker(options: LocalWorkerOptions): Promise<LocalWorker> {
  const { host, port, state, variables, write } = options;
  // One place says them: what `wrangler d1 --env archive --local` sees is what is served.
  const { compatibility_date, d1_databases } = readConfig({
    config: `${EDGE}/wrangler.jsonc`,
    env: 'archive',
  });
  const databaseId: string | undefined = d1_databases.find(
    ({ binding }: { readonly binding: string }) => binding === 'DB',
  )?.database_id;
  if (databaseId === undefined)
    throw new Error('wrangler.jsonc: env.archive needs the D1 binding DB and its id.');
  mkdirSync(state, { recursive: true });
  // The Cache API's part: whoever starts again may have changed a row meanwhile, and wants to see it.
  rmSync(join(state, 'cache'), { recursive: true, force: true });
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      name: 'room-recordings',
      modules: true,
      rootPath: EDGE,
      scriptPath: 'dist/cloudflare.js',
      compatibilityDate: compatibility_date,
      bindings: variables,
      d1Databases: { DB: databaseId },
      resourcePersistencePath: state,
      unsafeDirectSockets: [{ host, port }],
      host: '127.0.0.1',
      port: 0,
      cf: false,
      logRequests: false,
      handleStructuredLogs: ({ message }) => write(message),
    }),
  );
  await worker.ready;
  return { database: await worker.getD1Database('DB'), stop: () => worker.dispose() };
}
