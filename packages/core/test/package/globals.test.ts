import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, CORE, ROOT } from './paths.ts';
import { runUnchecked, type ProgramResult } from './run.ts';

const SLOW_MS = 30_000;
const pinned = await readFile(at('../types/globals.d.ts'), 'utf8');
const names = [...pinned.matchAll(/^interface (\w+)/gm)].map(([, name = '']) => name);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-globals-'));
  await mkdir(join(folder, 'node_modules/@room-recordings'), { recursive: true });
  await symlink(CORE, join(folder, 'node_modules/@room-recordings/core'), 'junction');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'use.ts'), "export * from '@room-recordings/core';\n");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('the declarations of core compile with the pinned globals', { timeout: SLOW_MS }, async () => {
  expect(await compileWith('all.d.ts', pinned)).toEqual({ code: 0, printed: '' });
});

it.each(names)('the declarations of core need the global %s', { timeout: SLOW_MS }, async (name) => {
  const rest = pinned.replace(`interface ${name} `, `interface Not${name} `);
  const { code, printed } = await compileWith(`without-${name}.d.ts`, rest);
  expect(code).not.toBe(0);
  expect(printed).toContain(`Cannot find name '${name}'`);
});

/** Compiles a program that uses core with the language and these globals only. */
async function compileWith(file: string, globals: string): Promise<ProgramResult> {
  await writeFile(join(folder, file), globals);
  const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--lib', 'es2023', '--types', ''];
  return runUnchecked(
    [join(ROOT, 'node_modules/.bin/tsc'), ...options, '--module', 'nodenext', 'use.ts', file],
    folder,
  );
}
