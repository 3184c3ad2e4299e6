import { existsSync, mkdirSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_readConfig as readConfig } from 'wrangler';
import { copyToD1 } from './d1-file.ts';

/** The options of {@link startLocalWorker}. */
export interface LocalWorkerOptions {
  readonly host: string;
  readonly port: number;
  /** The folder of D1 and the Cache API. */
  readonly state: string;
  /** The SQLite file that is copied to D1 before the start. Without it, D1 has the rows in `state`. */
  readonly archive?: string | undefined;
  /** The folder of media files, `{RoomSid}/{RecordingSid}`, that is copied to R2 before the start. Without it, or if it does not exist, R2 has no objects. */
  readonly media?: string | undefined;
  /** The settings of the Worker. */
  readonly variables: Readonly<Record<string, string>>;
  /** Receives each line that the Worker logs. `isError` is true for warnings and errors. */
  readonly write: (line: string, isError: boolean) => void;
}

/** A Worker that runs in workerd. */
export interface LocalWorker {
  stop(): Promise<void>;
}

const EDGE = resolve(import.meta.dirname, '..');
const BUNDLE = 'dist/cloudflare.js';
const R2_BUCKETS = { MEDIA_BUCKET: 'room-recordings' };

/**
 * Serves the built Worker with D1 and R2 on workerd's own socket. The database and the bucket are complete before the socket opens.
 *
 * @throws {Error} with one line if the Worker is not built, or if wrangler.jsonc does not have the D1 database.
 */
export async function startLocalWorker(options: LocalWorkerOptions): Promise<LocalWorker> {
  const { host, port, state, archive, media, variables, write } = options;
  if (!existsSync(join(EDGE, BUNDLE))) {
    throw new Error(`The Worker is not built: run "pnpm run build" in ${EDGE} first.`);
  }
  // The date and the database come from wrangler.jsonc, so that they are those of a deployment.
  const { compatibility_date, d1_databases } = readConfig({
    config: `${EDGE}/wrangler.jsonc`,
    env: 'archive',
  });
  const databaseId: string | undefined = d1_databases.find(
    ({ binding }: { readonly binding: string }) => binding === 'DB',
  )?.database_id;
  if (databaseId === undefined)
    throw new Error('wrangler.jsonc: add the D1 binding DB with a database_id to env.archive.');
  mkdirSync(state, { recursive: true });
  if (archive !== undefined) copyToD1(archive, state, databaseId);
  if (media !== undefined && existsSync(media)) await copyToR2(media, state);
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      name: 'room-recordings',
      modules: true,
      rootPath: EDGE,
      scriptPath: BUNDLE,
      compatibilityDate: compatibility_date,
      bindings: variables,
      d1Databases: { DB: databaseId },
      r2Buckets: R2_BUCKETS,
      resourcePersistencePath: state,
      unsafeDirectSockets: [{ host, port }],
      host: '127.0.0.1',
      port: 0,
      cf: false,
      logRequests: false,
      handleStructuredLogs: ({ level, message }) => write(message, level === 'warn' || level === 'error'),
    }),
  );
  await worker.ready;
  return { stop: () => worker.dispose() };
}

/** Copies the media files to the bucket. A Worker without a socket does it, because the served Worker accepts requests from its start. */
async function copyToR2(folder: string, state: string): Promise<void> {
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      name: 'copy',
      modules: true,
      script: 'export default {}',
      r2Buckets: R2_BUCKETS,
      resourcePersistencePath: state,
      cf: false,
    }),
  );
  try {
    const bucket = await worker.getR2Bucket('MEDIA_BUCKET');
    for (const key of await readdir(folder, { recursive: true })) {
      const path = join(folder, key);
      if ((await stat(path)).isFile()) await bucket.put(key, await readFile(path));
    }
  } finally {
    await worker.dispose();
  }
}
