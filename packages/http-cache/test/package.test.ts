import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findMachineNode } from './harness/machine-node.ts';

const FOLDER = fileURLToPath(new URL('../', import.meta.url));
const LARGEST_BYTES = 9000;

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
  const [packed = ''] = run('npm', ['pack', '--silent', '--pack-destination', home], FOLDER)
    .trim()
    .split('\n')
    .slice(-1);
  writeFileSync(join(home, 'package.json'), '{"private":true,"type":"module"}');
  run('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', join(home, packed)], home);
  writeFileSync(join(home, 'smoke.mjs'), SMOKE);
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

test.each(RUNTIMES)(
  'packed and installed alone, it runs on %s',
  (_, file, ...args) => {
    expect(run(file, [...args, join(home, 'smoke.mjs')], home).trim()).toBe('1 1 1 200');
  },
  30_000,
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

function run(file: string, args: readonly string[], cwd: string): string {
  return execFileSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
  });
}
