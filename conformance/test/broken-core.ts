import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoreUnderTest } from '../src/suite.ts';

/** One change to one file of core that the suite has to notice. */
export interface Break {
  /** What no longer holds. */
  readonly name: string;
  /** A file of packages/core/src. */
  readonly file: string;
  /** What is there now, once. */
  readonly text: string;
  readonly replacement: string;
  /** A case that has to fail. */
  readonly row: string;
}

/** Node reads the copy itself: an import would be the test runner's, which transforms and keeps modules. */
const load: (path: string) => unknown = createRequire(import.meta.url);

const CORE = fileURLToPath(new URL('../../packages/core/', import.meta.url));

/** Copies core's source beside a link to its dependencies, changes it, and hands it over until it is used. */
export async function withBrokenCore<T>(
  change: Break | undefined,
  use: (core: CoreUnderTest) => Promise<T>,
): Promise<T> {
  // Not in node_modules, where Node strips no types.
  const folder = mkdtempSync(join(tmpdir(), 'broken-core-'));
  try {
    cpSync(join(CORE, 'src'), join(folder, 'src'), { recursive: true });
    symlinkSync(join(CORE, 'node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    if (change !== undefined) plant(change, join(folder, 'src', change.file));
    // The copy has the exports of the source that it was made of.
    return await use(load(join(folder, 'src', 'index.ts')) as CoreUnderTest);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Replaces the text, which has to be there exactly once: a break that breaks nothing would prove nothing. */
function plant({ file, text, replacement }: Break, path: string): void {
  const parts = readFileSync(path, 'utf8').split(text);
  if (parts.length !== 2) throw new Error(`"${text}" is ${parts.length - 1} times in ${file}, not once.`);
  writeFileSync(path, parts.join(replacement));
}
