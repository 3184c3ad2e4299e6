import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CORE } from './paths.ts';

const read = (name: string) => readFile(join(CORE, 'dist', name), 'utf8');
const bundle = await read('index.js');
const signing = await read('signing.js');
const errors = await read('errors.js');

/** Names that exist in one runtime only, with a word boundary before each, because `process` is part of `processing`. */
const FORBIDDEN = [
  /\bnode:/,
  /\bprocess\b\s*(?:\.|\?\.|\[)/,
  /\bBuffer\b/,
  /\brequire\s*\(/,
  /\b(?:Deno|Bun)\b/,
  /\b__(?:dirname|filename)\b/,
  /\b(?:window|document|navigator)\b\s*(?:\.|\?\.|\[)/,
];

it.each(FORBIDDEN)('the bundle of core does not contain %s', (name) => {
  expect(bundle + signing + errors).not.toMatch(name);
});

it.each([
  { code: "import { inspect } from 'node:util'", index: 0 },
  { code: 'process.env.TOKEN', index: 1 },
  { code: 'globalThis.process?.env', index: 1 },
  { code: "Buffer.from('')", index: 2 },
  { code: 'require("fs")', index: 3 },
])('the patterns of forbidden code match $code', ({ code, index }) => {
  expect(code).toMatch(FORBIDDEN[index] ?? /$^/);
});

it.each([
  { name: 'index.js', imported: ['./errors.js', 'valibot'], code: bundle },
  { name: 'index.d.ts', imported: ['./errors.js', 'valibot'], code: await read('index.d.ts') },
  { name: 'signing.js', imported: ['./errors.js'], code: signing },
  { name: 'signing.d.ts', imported: ['./errors.js'], code: await read('signing.d.ts') },
  { name: 'errors.js', imported: [], code: errors },
  { name: 'errors.d.ts', imported: [], code: await read('errors.d.ts') },
])('dist/$name of core imports $imported only', ({ imported, code }) => {
  const specifiers = [...code.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map(
    ([, name]) => name,
  );
  expect(specifiers).toEqual(imported);
});
