import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installAlone } from './install.ts';
import { at } from './paths.ts';
import { run } from './run.ts';
import { RUNTIMES } from './runtimes.ts';

const SLOW_MS = 60_000;
const READ = 'No response was received. Check baseUrl and the network. 2 requests.\n';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-page-'));
  await installAlone(folder);
  await copyFile(at('page.js'), join(folder, 'user/page.js'));
}, SLOW_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a program of Deno and its worker retry a read without a response and name no setting', () => {
  it.each([
    { what: 'without a location of the program', options: [] },
    { what: 'with a location of the program', options: ['--location', 'https://app.example.com/'] },
  ])(
    '$what',
    async ({ options }) => {
      const deno = RUNTIMES.find(({ name }) => name === 'Deno');
      if (deno === undefined) throw new Error('There is no Deno among the runtimes.');
      const printed = await run([...deno.command, ...options, 'page.js'], join(folder, 'user'));
      expect(printed).toBe(READ + READ);
    },
    SLOW_MS,
  );
});
