import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from './install.ts';
import { at } from './paths.ts';
import { run } from './run.ts';
import { RUNTIMES } from './runtimes.ts';

const SLOW_MS = 60_000;
const EXPECTED_LINE = 'No response was received. Check baseUrl and the network. 2 requests.\n';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-page-'));
  await installPackage(folder);
  await copyFile(at('page.js'), join(folder, 'user/page.js'));
}, SLOW_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a program of Deno and its worker', () => {
  it.each([
    { name: 'without a location of the program', options: [] },
    { name: 'with a location of the program', options: ['--location', 'https://app.example.com/'] },
  ])(
    'retry a read without a response and do not hint at CORS $name',
    async ({ options }) => {
      const deno = RUNTIMES.find(({ name }) => name === 'Deno');
      if (deno === undefined) throw new Error('RUNTIMES must contain Deno.');
      const printed = await run([...deno.command, ...options, 'page.js'], join(folder, 'user'));
      expect(printed).toBe(EXPECTED_LINE + EXPECTED_LINE);
    },
    SLOW_MS,
  );
});
