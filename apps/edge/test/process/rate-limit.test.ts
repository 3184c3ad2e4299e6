import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';

const SCRIPTS: readonly RuntimeScript[] = ['start:node', 'start:bun', 'start:deno'];
const folder = mkdtempSync(join(tmpdir(), 'rate-limit-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Sends a request over its own connection, from an address of this machine. */
async function fetchStatus(localAddress: string, port: number): Promise<number | undefined> {
  const pending = request({ port, host: '127.0.0.1', localAddress, path: PATH, agent: false }).end();
  // Node emits `response` with this argument.
  const [response] = (await once(pending, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

describe.each(SCRIPTS)('%s with RATE_LIMIT=2/60', (script) => {
  // Other systems have only one loopback address.
  it.runIf(process.platform === 'linux')(
    'counts the requests of each address separately',
    async () => {
      const port = await findFreePort();
      const environment = {
        RECORDINGS_SOURCE: 'archive',
        ACCESS: 'public',
        PUBLIC_URL,
        PORT: String(port),
        ARCHIVE_PATH: join(folder, `${script.slice(6)}.db`),
        DENO_DIR: join(folder, 'deno'),
        RATE_LIMIT: '2/60',
      };
      const server = await start(getStartCommand(script), environment, 'listening on');
      const statuses: unknown[] = [];
      for (const localAddress of ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.1']) {
        statuses.push(await fetchStatus(localAddress, port));
      }
      await server.stop();
      expect(statuses).toEqual([404, 404, 429, 404, 429]);
    },
    30_000,
  );
});
