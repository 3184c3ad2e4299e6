import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { buildSync } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { expect, it } from 'vitest';
import { loadSample, SAMPLES } from '../sample-files.ts';
import { rangeCases } from './range-cases.ts';

const FOLDER = import.meta.dirname;
/** The binaries themselves: the wrapper of npm's deno leaves Deno running after a kill. */
const BINARIES = resolve(FOLDER, '../../../testing/node_modules');
const RUN_TIMEOUT_MS = 60_000;

const RUNTIMES: readonly { readonly name: 'Node' | 'Bun' | 'Deno'; readonly command: readonly string[] }[] = [
  { name: 'Node', command: [process.execPath] },
  { name: 'Bun', command: [resolve(BINARIES, 'bun/bin/bun.exe')] },
  { name: 'Deno', command: [resolve(BINARIES, 'deno/deno'), 'run', '-A'] },
];

const samples = SAMPLES.map(({ name }) => ({ name, bytes: loadSample(name) }));
const cases = rangeCases(samples);

it.each(RUNTIMES)(
  '11,100 ranges equal the whole on $name',
  async ({ name, command: [file = '', ...args] }) => {
    const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
    const options = { env, maxBuffer: 2 ** 24, timeout: RUN_TIMEOUT_MS };
    const { stdout } = await promisify(execFile)(file, [...args, resolve(FOLDER, 'run.ts')], options);
    expect(JSON.parse(stdout)).toEqual(expectedReport(name, cases));
  },
  RUN_TIMEOUT_MS,
);

it(
  '11,100 ranges equal the whole on workerd',
  async () => {
    const entry = resolve(FOLDER, 'run-worker.ts');
    const bundle = buildSync({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: [{ type: 'ESModule', path: 'run.js', contents: bundle.outputFiles[0]?.text ?? '' }],
        compatibilityDate: '2026-11-01',
        cf: false,
        logRequests: false,
      }),
    );
    try {
      const body = JSON.stringify(samples.map(({ name, bytes }) => [name, Array.from(bytes)]));
      const response = await worker.dispatchFetch('http://worker.test/', { method: 'POST', body });
      expect(await response.json()).toEqual(expectedReport('workerd', cases));
    } finally {
      await worker.dispose();
    }
  },
  RUN_TIMEOUT_MS,
);
