import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findMachineNode } from './harness/machine-node.ts';

const FOLDER = fileURLToPath(new URL('../', import.meta.url));
const LARGEST_BYTES = 9550;

/** What a stranger runs: the README's first lines, by the name of the package. */
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

/** A user's module in which every option is undefined, as `exactOptionalPropertyTypes` checks it. */
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
export function send(answer: CachedResponse | undefined = cache.lookup('key', { method: undefined, headers: undefined })) {
  const bytes: Uint8Array | null | undefined = answer?.body;
  return [bytes, answer && new Response(answer.body, { status: answer.status, headers: answer.headers })];
}
export const isStoredFresh = (entry: CacheEntry): boolean =>
  entry.variants.some((stored) => isFresh(stored, currentAge(stored, Date.now())));
export const got: Promise<Response> = cache.fetch('https://origin.test/', { id: 1 });
`;

const TYPESCRIPTS: readonly (readonly [string, string])[] = [
  ['TypeScript 5.4', join(FOLDER, '../core/test/package/typescript-5.4/node_modules/typescript/bin/tsc')],
  ['the TypeScript of this repository', join(FOLDER, '../../node_modules/typescript/bin/tsc')],
];

/** Compiler options that people use. */
const SETTINGS: readonly (readonly [string, ...string[]])[] = [
  ['the DOM library', '--lib', 'es2022,dom', '--types', ''],
  ['a bundler', '--lib', 'es2020,dom', '--types', '', '--module', 'esnext', '--moduleResolution', 'bundler'],
  [
    'the types of Node',
    '--lib',
    'es2022',
    '--types',
    'node',
    '--typeRoots',
    join(FOLDER, 'node_modules/@types'),
  ],
];

const RUNTIMES: readonly (readonly [string, string, ...string[]])[] = [
  ['the Node of the scripts', process.execPath],
  ['Node 20, or what the machine has', findMachineNode()],
  ['Bun', join(FOLDER, 'node_modules/bun/bin/bun.exe')],
  ['Deno', join(FOLDER, 'node_modules/deno/deno'), 'run', '-A'],
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

test('the package holds the build, its README and its licence, and needs nothing else', () => {
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

test('the exports of the installed package name only files that it holds', () => {
  const manifest = readFileSync(join(home, 'node_modules/@room-recordings/http-cache/package.json'), 'utf8');
  const { exports } = JSON.parse(manifest) as { readonly exports: unknown };
  expect(exports).toEqual({ '.': { types: './dist/index.d.ts', default: './dist/index.js' } });
});

test.each(RUNTIMES)(
  'packed and installed alone, it runs on %s',
  (_, file, ...args) => {
    expect(run(file, [...args, join(home, 'smoke.mjs')], home).trim()).toBe('1 1 1 200');
  },
  30_000,
);

test.each(
  TYPESCRIPTS.flatMap(([name, tsc]) =>
    SETTINGS.map(([setting, ...args]) => [name, setting, tsc, args] as const),
  ),
)(
  'its types compile with %s and %s',
  (_name, _setting, tsc, args) => {
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022'];
    const module = args.includes('--module') ? [] : ['--module', 'nodenext'];
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...module, ...args, 'consumer.ts'], {
      cwd: home,
      encoding: 'utf8',
    });
    // The types of Node 24 have errors of their own under TypeScript 5.4.
    const errors = stdout.split('\n').filter((line) => /^(?:consumer|node_modules)/.test(line));
    expect(errors).toEqual([]);
  },
  60_000,
);

test(`minified and gzipped it is no larger than ${LARGEST_BYTES} bytes, and names no runtime`, async () => {
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
  expect(size).toBeLessThanOrEqual(LARGEST_BYTES);
  expect(code).not.toMatch(/\b(?:process\.|Deno\.|Bun\.|require\(|node:)/);
});

/** A release packs with pnpm, which replaces the exports by those of publishConfig. */
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
