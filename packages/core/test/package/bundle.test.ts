import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CORE } from './paths.ts';

const read = (name: string) => readFile(join(CORE, 'dist', name), 'utf8');
const bundle = await read('index.js');
const signing = await read('signing.js');
const errors = await read('errors.js');

/** What would tie core to one runtime; a word's edge before each, because `process` is part of `processing`. */
const FORBIDDEN = [
  /\bnode:/,
  /\bprocess\b\s*(?:\.|\?\.|\[)/,
  /\bBuffer\b/,
  /\brequire\s*\(/,
  /\b(?:Deno|Bun)\b/,
  /\b__(?:dirname|filename)\b/,
  /\b(?:window|document|navigator)\b\s*(?:\.|\?\.|\[)/,
];

it.each(FORBIDDEN)('has no %s in what runs', (name) => {
  expect(bundle + signing + errors).not.toMatch(name);
});

it.each([
  ["import { inspect } from 'node:util'", 0],
  ['process.env.TOKEN', 1],
  ['globalThis.process?.env', 1],
  ["Buffer.from('')", 2],
  ['require("fs")', 3],
])('would see %s', (code, index) => {
  expect(code).toMatch(FORBIDDEN[index] ?? /$^/);
});

it.each([
  ['what runs', ['./errors.js', 'valibot'], bundle],
  ['the declarations', ['./errors.js', 'valibot'], await read('index.d.ts')],
  ['what signs', ['./errors.js'], signing],
  ['the declarations of what signs', ['./errors.js'], await read('signing.d.ts')],
  ['the errors', [], errors],
  ['the declarations of the errors', [], await read('errors.d.ts')],
])('imports in %s only %j', (_, imported, code) => {
  const specifiers = [...code.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map(
    ([, name]) => name,
  );
  expect(specifiers).toEqual(imported);
});
