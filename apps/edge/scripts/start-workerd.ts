// `start:workerd`: the built Worker in workerd, with the settings of the environment. It migrates the archive and never seeds it.
import { resolve } from 'node:path';
import process from 'node:process';
import { formatOrigin } from '../src/adapters/server.ts';
import { openArchive } from '../src/adapters/open-source.ts';
import { parseWorkerConfig } from '../src/adapters/cloudflare-adapter.ts';
import { describeMisspeltVariables } from '../src/config/misspelt-variables.ts';
import { parseConfig } from '../src/config/config.ts';
import { pickSettings } from './local-settings.ts';
import { runStart, serveWorker } from './worker-process.ts';

const EDGE = resolve(import.meta.dirname, '..');

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await runStart(async () => {
  for (const warning of describeMisspeltVariables(Object.keys(process.env))) say(warning);
  const variables = pickSettings(process.env);
  const { HOST = '', PORT = '', ARCHIVE_PATH = '', RECORDINGS_SOURCE } = variables;
  // These three are the server's own; a Worker with any other invalid setting starts, and responds 503.
  const { host, port, archivePath } = parseConfig({ HOST, PORT, ARCHIVE_PATH });
  const { misconfigured } = parseWorkerConfig({ ...variables, DB: {} });
  if (misconfigured !== undefined)
    say(`misconfigured: ${misconfigured} Until then the edge responds to each read with 503.`);
  if (variables['PUBLIC_URL'] === undefined) {
    say('PUBLIC_URL is not set: links use the origin of each request.');
  }
  const archive = RECORDINGS_SOURCE === 'archive' ? resolve(EDGE, archivePath) : undefined;
  if (archive !== undefined) (await openArchive(archive)).close();
  await serveWorker({ host, port, archive, variables });
  say(`listening on ${formatOrigin(host, port)}`);
});
