import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { BEHAVIOUR } from './behaviour/index.ts';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { findSystemNode } from './harness/system-node.ts';
import { wireCases } from './wire/cases.ts';
import { openOrigin, type WireOrigin } from './wire/origin.ts';

const FOLDER = new URL('../', import.meta.url);
const RUN_TIMEOUT_MS = 60_000;

/** The binaries themselves: the wrapper of npm's deno leaves Deno running after it is killed. */
const RUNTIMES: readonly {
  readonly name: 'Node' | 'Bun' | 'Deno';
  readonly file: string;
  readonly args?: string[];
}[] = [
  { name: 'Node', file: process.execPath },
  { name: 'Bun', file: fileURLToPath(new URL('node_modules/bun/bin/bun.exe', FOLDER)) },
  { name: 'Deno', file: fileURLToPath(new URL('node_modules/deno/deno', FOLDER)), args: ['run', '-A'] },
];

const RUNNER = fileURLToPath(new URL('test/runners/run.ts', FOLDER));
const WIRE_RUNNER = fileURLToPath(new URL('test/runners/run-wire.ts', FOLDER));

let origin: WireOrigin;

beforeAll(async () => {
  origin = await openOrigin();
});

afterAll(() => origin.close());

test.each(RUNTIMES)(
  'all behaviour cases pass on $name',
  async ({ name, file, args = [] }) => {
    expect(await report(file, [...args, RUNNER])).toEqual(expectedReport(name, BEHAVIOUR));
  },
  RUN_TIMEOUT_MS,
);

test.each(RUNTIMES)(
  'responses that `fetch` receives over a socket have the correct headers on $name',
  async ({ name, file, args = [] }) => {
    const reported = await report(file, [...args, WIRE_RUNNER, origin.url]);
    expect(reported).toEqual(expectedReport(name, wireCases(origin.url)));
  },
  RUN_TIMEOUT_MS,
);

test(
  'all behaviour and socket cases pass on the Node of the machine, without TypeScript',
  async () => {
    const node = findSystemNode();
    expect(await report(node, [bundle(RUNNER)])).toEqual(expectedReport('Node', BEHAVIOUR));
    const reported = await report(node, [bundle(WIRE_RUNNER), origin.url]);
    expect(reported).toEqual(expectedReport('Node', wireCases(origin.url)));
  },
  RUN_TIMEOUT_MS,
);

function bundle(runner: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'http-cache-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const outfile = join(folder, 'run.mjs');
  buildSync({ entryPoints: [runner], bundle: true, format: 'esm', outfile });
  return outfile;
}

async function report(file: string, args: readonly string[]): Promise<unknown> {
  const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
  const { stdout } = await promisify(execFile)(file, args, {
    env,
    maxBuffer: 2 ** 24,
    timeout: RUN_TIMEOUT_MS,
  });
  return JSON.parse(stdout);
}
