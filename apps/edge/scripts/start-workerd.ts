import { resolve } from 'node:path';
import process from 'node:process';
import { parseWorkerConfig } from '../src/adapters/cloudflare-adapter.ts';
import { formatOrigin } from '../src/adapters/server.ts';
import { openArchive } from '../src/archive/sqlite.ts';
import { parseConfig } from '../src/config/config.ts';
import { describeMisspeltVariables } from '../src/config/misspelt-variables.ts';
import { pickSettings } from './local-settings.ts';
import { runStart, serveWorker } from './worker-process.ts';

// `start:workerd`: serves the built Worker in workerd, with settings from the environment. It migrates the archive and never seeds it.

const EDGE = resolve(import.meta.dirname, '..');

function printLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

await runStart(async () => {
  for (const warning of describeMisspeltVariables(Object.keys(process.env))) printLine(warning);
  const variables = pickSettings(process.env);
  const { HOST = '', PORT = '', ARCHIVE_PATH = '', MEDIA_PATH = '', RECORDINGS_SOURCE } = variables;
  // These variables are settings of the server. With another invalid setting the Worker starts and responds 503.
  const { host, port, archivePath, media } = parseConfig({ HOST, PORT, ARCHIVE_PATH, MEDIA_PATH });
  const { misconfigured } = parseWorkerConfig({ ...variables, DB: {} });
  if (misconfigured !== undefined)
    printLine(`misconfigured: ${misconfigured} Until then the edge responds to each read with 503.`);
  if (variables['PUBLIC_URL'] === undefined) {
    printLine('PUBLIC_URL is not set: links use the origin of each request.');
  }
  const archive = RECORDINGS_SOURCE === 'archive' ? resolve(EDGE, archivePath) : undefined;
  if (archive !== undefined) (await openArchive(archive)).close();
  await serveWorker({ host, port, archive, media: archive && resolve(EDGE, media.path), variables });
  printLine(`listening on ${formatOrigin(host, port)}`);
});
