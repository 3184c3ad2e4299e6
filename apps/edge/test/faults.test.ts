import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CASES } from './faults/cases.ts';
import { openSurroundings, type OpenSurroundings } from './faults/surroundings.ts';

const LONGEST_RUN_MS = 120_000;
const PROGRAM = resolve(import.meta.dirname, 'faults/run.ts');

/** The binaries themselves: the wrapper that npm's deno installs leaves Deno running when it is ended. */
const RUNTIMES: readonly (readonly [runtime: string, file: string, ...args: string[]])[] = [
  ['Bun', 'bun/bin/bun.exe'],
  ['Deno', 'deno/deno', 'run', '-A'],
];

let surroundings: OpenSurroundings;

beforeAll(async () => {
  surroundings = await openSurroundings();
});

afterAll(async () => {
  await surroundings.stop();
});

test('every case has a name of its own', () => {
  const names = CASES.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(CASES)('$name', async ({ run }) => {
  await run({ addresses: surroundings.addresses, isWorkerd: false });
});

test.each(RUNTIMES)(
  'every case holds on %s',
  async (_runtime, file, ...args) => {
    const { stdout } = await promisify(execFile)(
      resolve(import.meta.dirname, '../node_modules', file),
      [...args, PROGRAM, JSON.stringify(surroundings.addresses)],
      {
        env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
        maxBuffer: 2 ** 24,
        timeout: LONGEST_RUN_MS,
      },
    );
    expect(JSON.parse(stdout)).toEqual({ count: CASES.length, failures: [] });
  },
  LONGEST_RUN_MS,
);
