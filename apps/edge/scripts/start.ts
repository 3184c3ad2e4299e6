// `pnpm start`, local development: the built Worker in workerd, with an archive that is migrated and seeded before it listens.
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { openArchive } from '../src/entries/process-source.ts';
import { explainStart } from '../src/entries/start-fault.ts';
import { readWorkerSettings } from '../src/entries/worker-settings.ts';
import { warnOfMisspeltSettings } from '../src/misspelt-settings.ts';
import { pickSettings, readLocalSettings } from './local-settings.ts';
import { FIRST_PATH, seed, SEED } from './seed.ts';
import { parseStartArguments, USAGE } from './start-arguments.ts';
import { runStart, serveWorker } from './worker-process.ts';

const EDGE = resolve(import.meta.dirname, '..');

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Names the folder, which a message of SQLite does not. */
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

/** Seeds a file of local development alone: no other way of starting reads it. */
async function seedArchive(path: string): Promise<void> {
  checkWritable(dirname(path));
  const archive = await openArchive(path);
  await seed(archive, SEED);
  archive.close();
}

/** "Ready" is printed only after the printed command has worked. */
async function checkResponse(url: string): Promise<void> {
  const { status } = await fetch(url);
  if (status !== 200) throw new Error(`${url} responds ${status}: the log above has the reason.`);
}

async function start(folder: string): Promise<void> {
  for (const warning of warnOfMisspeltSettings(Object.keys(process.env))) say(warning);
  const { variables, defaults, origin } = readLocalSettings(pickSettings(process.env));
  const { host, port, source, access, archivePath, misconfigured } = readWorkerSettings({
    ...variables,
    DB: {},
  });
  if (misconfigured !== undefined) throw new Error(misconfigured);
  const isSeeded = source?.name === 'archive' && variables['ARCHIVE_PATH'] === undefined;
  const archive = isSeeded ? join(folder, '.state/local.db') : resolve(EDGE, archivePath);
  if (isSeeded) await seedArchive(archive);
  else if (source?.name === 'archive') (await openArchive(archive)).close();
  await serveWorker({ host, port, archive: source?.name === 'archive' ? archive : undefined, variables });

  const url = origin + (isSeeded && access === 'public' ? FIRST_PATH : '/readyz');
  await checkResponse(url);
  const settings = Object.entries(defaults).map(([name, value]) => `${name}=${value}`);
  if (settings.length > 0) say(`Local development sets ${settings.join(' ')}.`);
  say(`Ready. Try:\n\n  curl ${url}\n`);
}

await runStart(async () => {
  const { isHelp, folder = EDGE } = parseStartArguments(process.argv.slice(2));
  if (isHelp) process.stdout.write(USAGE);
  else await start(resolve(folder));
});
