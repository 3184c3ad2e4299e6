import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from './install.ts';
import { at } from './paths.ts';
import { run } from './run.ts';
import { RUNTIMES } from './runtimes.ts';

const SLOW_MS = 60_000;

let folder: string;
let installed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-alone-'));
  installed = await installPackage(folder);
  await copyFile(at('smoke.js'), join(folder, 'user/smoke.js'));
}, SLOW_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the packed package', () => {
  it('contains exactly the listed files', async () => {
    const entries = await readdir(installed, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.map((file) => relative(installed, join(file.parentPath, file.name))).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist/errors.d.ts',
      'dist/errors.js',
      'dist/index.d.ts',
      'dist/index.js',
      'dist/signing.d.ts',
      'dist/signing.js',
      'package.json',
      'signing/package.json',
    ]);
  });

  it('does not export sources', async () => {
    const { exports }: { exports: unknown } = JSON.parse(
      await readFile(join(installed, 'package.json'), 'utf8'),
    );
    expect(exports).toEqual({
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './signing': { types: './dist/signing.d.ts', default: './dist/signing.js' },
    });
  });

  it('installs valibot only', async () => {
    const modules = join(folder, 'user/node_modules');
    const names = (await readdir(modules)).filter((name) => !name.startsWith('.'));
    expect(names.toSorted()).toEqual(['@room-recordings', 'valibot']);
    expect(await readdir(join(modules, '@room-recordings'))).toEqual(['core']);
  });

  it.each(RUNTIMES)(
    'prints the expected output on $name',
    async ({ version, binary, command }) => {
      const reported = await run([binary, '--version'], folder);
      expect(reported.startsWith(version)).toBe(true);
      const printed = await run([...command, 'smoke.js'], join(folder, 'user'));
      expect(printed).toBe(await readFile(at('expected-output.txt'), 'utf8'));
    },
    SLOW_MS,
  );
});
