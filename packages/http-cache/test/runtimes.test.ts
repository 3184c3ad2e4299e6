import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { BEHAVIOUR } from './behaviour/index.ts';
import type { Case } from '@room-recordings/testing/cases';
import { findMachineNode } from './harness/machine-node.ts';
import type { Report } from './runners/report.ts';
import { wireCases } from './wire/cases.ts';
import { openOrigin, type WireOrigin } from './wire/origin.ts';

const FOLDER = new URL('../', import.meta.url);
const LONGEST_RUN_MS = 60_000;

/** The binaries themselves: the wrapper that npm's deno installs leaves Deno running when it is ended. */
const RUNTIMES: readonly (readonly [runtime: string, file: string, ...args: string[]])[] = [
  ['node', process.execPath],
  ['bun', fileURLToPath(new URL('node_modules/bun/bin/bun.exe', FOLDER))],
  ['deno', fileURLToPath(new URL('node_modules/deno/deno', FOLDER)), 'run', '-A'],
];

const RUNNER = fileURLToPath(new URL('test/runners/run.ts', FOLDER));
const WIRE_RUNNER = fileURLToPath(new URL('test/runners/run-wire.ts', FOLDER));

let origin: WireOrigin;

beforeAll(async () => {
  origin = await openOrigin();
});

afterAll(() => origin.close());

test.each(RUNTIMES)(
  '%s shows every behaviour that there is',
  async (runtime, file, ...args) => {
    expect(await report(file, [...args, RUNNER])).toEqual(expected(runtime, BEHAVIOUR));
  },
  LONGEST_RUN_MS,
);

test.each(RUNTIMES)(
  '%s serves and stores what its fetch receives over a socket with the right fields',
  async (runtime, file, ...args) => {
    const reported = await report(file, [...args, WIRE_RUNNER, origin.url]);
    expect(reported).toEqual(expected(runtime, wireCases(origin.url)));
  },
  LONGEST_RUN_MS,
);

test(
  'so does the Node of the machine, which reads no TypeScript',
  async () => {
    const node = findMachineNode();
    expect(await report(node, [bundle(RUNNER)])).toEqual(expected('node', BEHAVIOUR));
    const reported = await report(node, [bundle(WIRE_RUNNER), origin.url]);
    expect(reported).toEqual(expected('node', wireCases(origin.url)));
  },
  LONGEST_RUN_MS,
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
    timeout: LONGEST_RUN_MS,
  });
  return JSON.parse(stdout);
}

function expected(runtime: string, cases: readonly Case[]): Report {
  return { runtime, names: cases.map(({ name }) => name), failures: [] };
}
