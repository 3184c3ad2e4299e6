import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findSystemNode } from './harness/system-node.ts';

const FOLDER = fileURLToPath(new URL('../', import.meta.url));
const MAX_BUNDLE_BYTES = 9550;

/** The first example of the README, which imports the package by its name. */
const SMOKE = `
import { createHttpCache, memoryStore } from '@room-recordings/http-cache';
let calls = 0;
const cache = createHttpCache({
  store: memoryStore({ maxBytes: 1024 * 1024 }),
  fetch: async () => new Response(String((calls += 1)), { headers: { 'cache-control': 'max-age=60' } }),
});
const texts = [];
for (const _ of [1, 2, 3]) texts.push(await (await cache.fetch(new Request('https://origin.test/'))).text());
console.log(texts.join(' '), cache.lookup('https://origin.test/')?.status);
`;

/** A module in which every option is undefined, for `exactOptionalPropertyTypes`. */
const CONSUMER = `
import {
  cacheApiStore, currentAge, createHttpCache, isFresh, memoryStore, NotForwardedError,
  type CacheApi, type CachedResponse, type CacheStore, type CacheEntry, type HttpCache,
} from '@room-recordings/http-cache';

const undefinedOptions = {
  clock: { now: undefined, sleep: undefined }, waitUntil: undefined, staleIfError: undefined, cacheKey: undefined, name: undefined,
};
const entries = new Map<string, CacheEntry>();
const store: CacheStore = {
  maxBodyBytes: undefined, maxWaitMs: undefined, getSync: undefined,
  get: (key) => entries.get(key),
  set: (key, entry) => void entries.set(key, entry),
  delete: async (key) => void entries.delete(key),
};
const cache: HttpCache<{ id: number }> = createHttpCache<{ id: number }>({
  fetch: async (request, context) => {
    if (context === undefined) throw new NotForwardedError('no context', { retryAfter: undefined, cause: request.url });
    return fetch(request);
  },
  store,
  ...undefinedOptions,
});
createHttpCache({ fetch: (request) => fetch(request), store: memoryStore({ maxBytes: 1 }), ...undefinedOptions });
export const shared = (api: CacheApi): CacheStore =>
  cacheApiStore(api, { baseUrl: undefined, maxWaitMs: undefined, now: undefined });
export function send(response: CachedResponse | undefined = cache.lookup('key', { method: undefined, headers: undefined })) {
  const bytes: Uint8Array | null | undefined = response?.body;
  return [bytes, response && new Response(response.body, { status: response.status, headers: response.headers })];
}
export const isStoredFresh = (entry: CacheEntry): boolean =>
  entry.variants.some((stored) => isFresh(stored, currentAge(stored, Date.now())));
export const got: Promise<Response> = cache.fetch('https://origin.test/', { id: 1 });
`;

const TYPESCRIPTS = [
  {
    name: 'TypeScript 5.4',
    tsc: join(FOLDER, '../core/test/package/typescript-5.4/node_modules/typescript/bin/tsc'),
  },
  {
    name: 'the TypeScript of this repository',
    tsc: join(FOLDER, '../../node_modules/typescript/bin/tsc'),
  },
];

/** Compiler options of common projects. */
const COMPILER_OPTIONS = [
  { name: 'the DOM library', args: ['--lib', 'es2022,dom', '--types', ''] },
  {
    name: 'a bundler',
    args: ['--lib', 'es2020,dom', '--types', '', '--module', 'esnext', '--moduleResolution', 'bundler'],
  },
  {
    name: 'the types of Node',
    args: ['--lib', 'es2022', '--types', 'node', '--typeRoots', join(FOLDER, 'node_modules/@types')],
  },
];

const RUNTIMES: readonly { readonly name: string; readonly file: string; readonly args?: string[] }[] = [
  { name: 'the Node of the scripts', file: process.execPath },
  { name: 'the Node of the machine', file: findSystemNode() },
  { name: 'Bun', file: join(FOLDER, 'node_modules/bun/bin/bun.exe') },
  { name: 'Deno', file: join(FOLDER, 'node_modules/deno/deno'), args: ['run', '-A'] },
];

let home = '';

beforeAll(() => {
  run(join(FOLDER, 'node_modules/.bin/tsdown'), ['--log-level', 'error'], FOLDER);
  home = mkdtempSync(join(tmpdir(), 'http-cache-'));
  run('npx', ['-y', findPackageManager(), 'pack', '--pack-destination', home], FOLDER);
  const packed = readdirSync(home).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(home, 'package.json'), '{"private":true,"type":"module"}');
  run('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', join(home, packed)], home);
  writeFileSync(join(home, 'smoke.mjs'), SMOKE);
  writeFileSync(join(home, 'consumer.ts'), CONSUMER);
}, 60_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

test('the package contains the build, the README and the licence, and has no dependencies', () => {
  const [listed] = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--silent'], FOLDER)) as [
    { readonly files: readonly { readonly path: string }[] },
  ];
  const paths = listed.files.map(({ path }) => path).toSorted();
  expect(paths).toEqual(['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json']);
  const { dependencies } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  expect(dependencies).toBeUndefined();
});

test('the exports of the installed package refer only to files that exist', () => {
  const manifest = readFileSync(join(home, 'node_modules/@room-recordings/http-cache/package.json'), 'utf8');
  const { exports } = JSON.parse(manifest) as { readonly exports: unknown };
  expect(exports).toEqual({ '.': { types: './dist/index.d.ts', default: './dist/index.js' } });
});

test.each(RUNTIMES)(
  'the packed package runs on $name',
  ({ file, args = [] }) => {
    expect(run(file, [...args, join(home, 'smoke.mjs')], home).trim()).toBe('1 1 1 200');
  },
  30_000,
);

test.each(
  TYPESCRIPTS.flatMap(({ name, tsc }) =>
    COMPILER_OPTIONS.map((options) => ({ name: `${name} and ${options.name}`, tsc, args: options.args })),
  ),
)(
  'the types compile with $name',
  ({ tsc, args }) => {
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022'];
    const module = args.includes('--module') ? [] : ['--module', 'nodenext'];
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...module, ...args, 'consumer.ts'], {
      cwd: home,
      encoding: 'utf8',
    });
    // The types of Node 24 cause other errors with TypeScript 5.4.
    const errors = stdout.split('\n').filter((line) => /^(?:consumer|node_modules)/.test(line));
    expect(errors).toEqual([]);
  },
  60_000,
);

test(`the bundle has at most ${MAX_BUNDLE_BYTES} bytes minified and gzipped, and does not refer to a runtime`, async () => {
  const bundle = await build({
    entryPoints: [join(FOLDER, 'src/index.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const code = bundle.outputFiles[0]?.text ?? '';
  const size = gzipSync(code, { level: 9 }).byteLength;
  process.stdout.write(`http-cache: ${size} bytes minified and gzipped\n`);
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  expect(code).not.toMatch(/\b(?:process\.|Deno\.|Bun\.|require\(|node:)/);
});

/** Returns pnpm with its version: a release packs with pnpm, which replaces `exports` by those of `publishConfig`. */
function findPackageManager(): string {
  const { devEngines } = JSON.parse(readFileSync(join(FOLDER, '../../package.json'), 'utf8')) as {
    readonly devEngines: { readonly packageManager: { readonly name: string; readonly version: string } };
  };
  return `${devEngines.packageManager.name}@${devEngines.packageManager.version}`;
}

function run(file: string, args: readonly string[], cwd: string): string {
  return execFileSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
  });
}
