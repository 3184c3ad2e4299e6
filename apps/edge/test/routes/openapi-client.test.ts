import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/config/config.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { findNothing, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';

const FOLDER = resolve(import.meta.dirname, '../openapi-client');
const DOCUMENT = resolve(import.meta.dirname, '../../src/routes/openapi.json');

/** Runs a program of a dependency of the client with this Node. Its output is the message of the error if it fails. */
function run(program: string, ...args: readonly string[]): void {
  const path = join(FOLDER, 'node_modules', program);
  try {
    execFileSync(process.execPath, [path, ...args], { cwd: FOLDER, encoding: 'utf8' });
  } catch (error) {
    throw new Error(String(Object(error).stdout ?? error), { cause: error });
  }
}

/** The part of client.ts that the test calls. A literal import would compile the client with the options of the edge. */
interface Program {
  readReport(
    options: { readonly baseUrl: string; readonly fetch: (request: Request) => Promise<Response> },
    roomSid: string,
    sid: string,
  ): Promise<unknown>;
}

function toTarget({ url }: Request): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

describe('a client that openapi-typescript generates from /openapi.json', () => {
  beforeAll(() => run('openapi-typescript/bin/cli.js', DOCUMENT, '-o', 'dist/openapi.d.ts'));

  it('compiles, and rejects invalid calls', () => {
    run('typescript/bin/tsc', '--noEmit');
  });

  it('reads from an edge with openapi-fetch', async () => {
    const edge = createInProcessEdge({
      source: { read: (id) => (id.sid === SID ? Promise.resolve(RECORDING) : findNothing(id)) },
    });
    const program = (await import(join(FOLDER, 'client.ts'))) as Program;
    const report = await program.readReport(
      { baseUrl: PUBLIC_URL, fetch: async (request) => edge.request(toTarget(request), request) },
      ROOM_SID,
      SID,
    );
    expect(report).toEqual({ codec: 'OPUS', errorCode: 'not_found', pageSize: 20, version: VERSION });
  });
});
