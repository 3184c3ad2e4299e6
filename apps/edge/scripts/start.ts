// Local development: the built Worker in workerd, with an archive that is migrated and seeded.
// `node scripts/start.ts [folder]`; the folder keeps the databases, by default apps/edge.
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { openArchive } from '../src/entries/process-source.ts';
import { originOf } from '../src/entries/origin-of.ts';
import { explainStart } from '../src/entries/start-fault.ts';
import { readSettings, SETTING_NAMES } from '../src/settings.ts';
import { d1Database } from '../src/source/d1.ts';
import { migrate } from '../src/source/migrate.ts';
import { readMigrations } from '../src/source/migration-files.ts';
import { startLocalWorker } from './local-worker.ts';
import { FIRST_PATH, seed, SEED } from './seed.ts';

const EDGE = resolve(import.meta.dirname, '..');

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The settings of local development, over what the environment says. */
function localVariables(): Record<string, string> {
  const said = SETTING_NAMES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const { host, port } = readSettings(Object.fromEntries(said));
  const isAnywhere = host === '0.0.0.0' || host === '::';
  return {
    ...Object.fromEntries(said),
    RECORDINGS_SOURCE: 'archive',
    ACCESS: 'public',
    ALLOWED_ORIGINS: '*',
    // Would contradict the line above.
    ALLOW_CREDENTIALS: 'false',
    // These two are for the other runtimes.
    RATE_LIMIT: '',
    CLIENT_IP_HEADER: '',
    PUBLIC_URL: originOf(isAnywhere ? '127.0.0.1' : host, port),
  };
}

async function checkFree(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

/** Looks before workerd does, which ends with a stack trace of its own. */
function checkWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const inside = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const path of [folder, ...inside.map((name) => join(folder, name))])
      accessSync(path, constants.W_OK);
  } catch (fault) {
    throw new Error(`The folder ${folder} cannot be written: ${explainStart(fault)}`, { cause: fault });
  }
}

/** "Ready" is said of what was seen to answer. */
async function checkAnswer(url: string): Promise<void> {
  const { status } = await fetch(url);
  if (status !== 200) throw new Error(`${url} answers ${status}: the log above says why.`);
}

async function start(folder: string): Promise<void> {
  const variables = localVariables();
  const { host, port } = readSettings(variables);
  const state = resolve(folder, '.wrangler/state/v3');
  await checkFree(host, port);
  checkWritable(state);

  const archive = await openArchive(resolve(folder, '.state/archive.db'));
  await seed(archive, SEED);
  archive.close();

  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
  const worker = await startLocalWorker({ host, port, state, variables, write: say });
  const database = d1Database(worker.database);
  await migrate(database, readMigrations(resolve(EDGE, 'migrations')));
  await seed(database, SEED);

  const stop = () => void worker.stop().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Miniflare's own listener ends the process at once, with an exit code that says "killed".
    process.removeAllListeners(signal);
    process.once(signal, stop);
  }

  const url = `${variables['PUBLIC_URL']}${FIRST_PATH}`;
  await checkAnswer(url);
  say('Local development sets RECORDINGS_SOURCE=archive ACCESS=public ALLOWED_ORIGINS=* and PUBLIC_URL.');
  say(`Ready. Try:\n\n  curl ${url}\n`);
}

try {
  await start(resolve(process.argv[2] ?? EDGE));
} catch (fault) {
  process.stderr.write(`${explainStart(fault)}\n`);
  process.exit(1);
}
