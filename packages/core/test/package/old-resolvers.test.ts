import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import resolve from 'resolve';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from './install.ts';
import { at, ROOT } from './paths.ts';
import { runUnchecked } from './run.ts';

const SLOW_MS = 60_000;
const TSC = at('typescript-5.4/node_modules/typescript/bin/tsc');

/** A program that uses both entry points, and a type that would be `any` if it were not found. */
const PROGRAM = `
import { createRecordingsClient, type RoomRecording } from '@room-recordings/core';
import { signRecordingUrl, type SigningKey } from '@room-recordings/core/signing';

const key: SigningKey = { id: 'march', secret: 'a secret of 32 bytes or more, to be sure' };
export async function read(roomSid: string, sid: string): Promise<RoomRecording['codec']> {
  const recording = await createRecordingsClient().fetch(roomSid, sid);
  return recording.codec;
}
export const url: Promise<string> = signRecordingUrl('https://example.com/', { keys: [key], expiresIn: 60 });
// @ts-expect-error: a status is one of four.
export const status: RoomRecording['status'] = 'gone';
`;

let folder: string;
let user: string;
let installed: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'core-resolvers-')));
  installed = await installPackage(folder);
  user = join(folder, 'user');
}, SLOW_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a resolver without support for `exports`', () => {
  it.each([
    { name: '@room-recordings/core', file: 'dist/index.js' },
    { name: '@room-recordings/core/signing', file: 'dist/signing.js' },
  ])('finds $name with the package resolve', ({ name, file }) => {
    expect(resolve.sync(name, { basedir: user })).toBe(join(installed, file));
  });

  it.each(['http-cache', 'matroska'])('finds @room-recordings/%s', (name) => {
    const root = join(ROOT, 'packages', name);
    expect(resolve.sync(root)).toBe(join(root, 'dist/index.js'));
  });

  it.each(['node10', 'nodenext', 'bundler'])(
    'finds the types of core with TypeScript 5.4 and moduleResolution %s',
    async (moduleResolution) => {
      const files = ['program.ts', 'tsconfig.json'].map((name) => join(user, name));
      const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext';
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        target: 'es2022',
        lib: ['es2023', 'dom', 'dom.iterable'],
        types: [],
        module,
        moduleResolution,
      };
      await writeFile(String(files[0]), PROGRAM);
      await writeFile(String(files[1]), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
      expect(await runUnchecked([process.execPath, TSC], user)).toEqual({ code: 0, printed: '' });
    },
    SLOW_MS,
  );
});
