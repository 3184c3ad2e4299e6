import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { openArchive } from '../src/adapters/open-source.ts';
import { formatStartError } from '../src/adapters/start-error.ts';
import { parseWorkerConfig } from '../src/adapters/cloudflare-adapter.ts';
import { describeMisspeltVariables } from '../src/config/misspelt-variables.ts';
import { pickSettings, readLocalSettings } from './local-settings.ts';
import { FIRST_PATH, seed, SEED } from './seed.ts';
import { parseStartArguments, USAGE } from './start-arguments.ts';
import { runStart, serveWorker } from './worker-process.ts';

// `pnpm start`, local development: the built Worker in workerd, with an archive that is migrated and seeded before it listens.

const EDGE = resolve(import.meta.dirname, '..');

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Creates the folder of the archive; a failure names the folder, which SQLite's own message does not. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (fault) {
    throw new Error(`The folder ${folder} cannot be written: ${formatStartError(fault)}`, { cause: fault });
  }
}

/** "Ready" is printed only after the printed command has worked. */
async function checkResponse(url: string): Promise<void> {
  const { status } = await fetch(url);
  if (status !== 200) throw new Error(`${url} responds ${status}: the log above has the reason.`);
}

/** Opens the archive once, so that it exists and is migrated; only the file of local development is seeded. */
async function prepareArchive(path: string, isSeeded: boolean): Promise<string> {
  if (isSeeded) makeFolder(dirname(path));
  const archive = await openArchive(path);
  if (isSeeded) await seed(archive, SEED);
  archive.close();
  return path;
}

async function start(folder: string): Promise<void> {
  for (const warning of describeMisspeltVariables(Object.keys(process.env))) {
    process.stderr.write(`${warning}\n`);
  }
  const { variables, defaults, origin } = readLocalSettings(pickSettings(process.env));
  const settings = parseWorkerConfig({ ...variables, DB: {} });
  const { host, port, source, access, archivePath, misconfigured } = settings;
  if (misconfigured !== undefined) throw new Error(misconfigured);
  const isArchive = source?.name === 'archive';
  const isSeeded = isArchive && variables['ARCHIVE_PATH'] === undefined;
  const path = isSeeded ? join(folder, '.state/local.db') : resolve(EDGE, archivePath);
  const archive = isArchive ? await prepareArchive(path, isSeeded) : undefined;
  await serveWorker({ host, port, archive, variables });

  const url = origin + (isSeeded && access === 'public' ? FIRST_PATH : '/readyz');
  await checkResponse(url);
  const set = Object.entries(defaults).map(([name, value]) => `${name}=${value}`);
  if (set.length > 0) say(`Local development sets ${set.join(' ')}.`);
  say(`Ready. Try:\n\n  curl ${url}\n`);
}

await runStart(async () => {
  const { isHelp, folder = EDGE } = parseStartArguments(process.argv.slice(2));
  if (isHelp) process.stdout.write(USAGE);
  else await start(resolve(folder));
});
