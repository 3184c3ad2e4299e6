import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { parseWorkerConfig } from '../src/adapters/cloudflare-adapter.ts';
import { formatStartError } from '../src/adapters/start-error.ts';
import { openArchive } from '../src/archive/sqlite.ts';
import { describeMisspeltVariables } from '../src/config/misspelt-variables.ts';
import { pickSettings, readLocalSettings } from './local-settings.ts';
import { FIRST_PATH, ROOM_PATHS, seed, SEED } from './seed.ts';
import { parseStartArguments, USAGE } from './start-arguments.ts';
import { runStart, serveWorker } from './worker-process.ts';

// `pnpm start` for local development: serves the built Worker in workerd. The archive is migrated and seeded before the server listens.

const EDGE = resolve(import.meta.dirname, '..');
/** The folder with the media of the seeded recordings, `{RoomSid}/{RecordingSid}`. */
const SEED_MEDIA = join(EDGE, 'seed');

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Creates the folder of the archive. The error names the folder, unlike the message of SQLite. */
function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`The folder ${folder} cannot be written: ${formatStartError(error)}`, { cause: error });
  }
}

/** Checks a URL that the script prints, so that it prints "Ready" only if the edge responds with 200. */
async function checkResponse(url: string): Promise<void> {
  const { status } = await fetch(url, { method: 'HEAD' });
  if (status !== 200) throw new Error(`${url} responds ${status}. See the log above for the reason.`);
}

/** Creates and migrates the archive. Only the file of local development is seeded. */
async function prepareArchive(path: string, isSeeded: boolean): Promise<string> {
  if (isSeeded) createFolder(dirname(path));
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
  const config = parseWorkerConfig({ ...variables, DB: {} });
  const { host, port, source, access, archivePath, misconfigured } = config;
  if (misconfigured !== undefined) throw new Error(misconfigured);
  const isArchive = source?.name === 'archive';
  const isSeeded = isArchive && variables['ARCHIVE_PATH'] === undefined;
  const path = isSeeded ? join(folder, '.state/local.db') : resolve(EDGE, archivePath);
  const archive = isArchive ? await prepareArchive(path, isSeeded) : undefined;
  const media = isSeeded ? SEED_MEDIA : archive && resolve(EDGE, config.media.path);
  await serveWorker({ host, port, archive, media, variables });

  const isReadable = isSeeded && access === 'public';
  const paths = isReadable ? [FIRST_PATH, ROOM_PATHS.list, ROOM_PATHS.timeline] : ['/readyz'];
  const pages = isReadable && config.media.mode !== 'off' ? [ROOM_PATHS.video] : [];
  for (const path of [...paths, ...pages]) await checkResponse(origin + path);
  const assignments = Object.entries(defaults).map(([name, value]) => `${name}=${value}`);
  if (assignments.length > 0) printLine(`Local development sets ${assignments.join(' ')}.`);
  const commands = paths.map((path) => `  curl ${origin}${path}\n`);
  const links = pages.map((path) => `\nOpen a recording in a browser:\n\n  ${origin}${path}\n`);
  printLine(`Ready. Try:\n\n${[...commands, ...links].join('')}`);
}

await runStart(async () => {
  const { isHelp, folder = EDGE } = parseStartArguments(process.argv.slice(2));
  if (isHelp) process.stdout.write(USAGE);
  else await start(resolve(folder));
});
