import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoreUnderTest } from '../src/suite.ts';

/** A change of one file of core that the suite must detect. */
export interface Mutation {
  /** The broken behaviour. */
  readonly name: string;
  /** A file of packages/core/src. */
  readonly file: string;
  /** The text to replace, which occurs once. */
  readonly text: string;
  readonly replacement: string;
  /** A case that has to fail. */
  readonly row: string;
}

/** Node loads the copy. The import of the test runner would transform and cache modules. */
const load: (path: string) => unknown = createRequire(import.meta.url);

const CORE = fileURLToPath(new URL('../../packages/core/', import.meta.url));

/** Copies core's source beside a link to its dependencies, changes it, and calls `use` with the changed core. */
export async function withMutatedCore<T>(
  mutation: Mutation | undefined,
  use: (core: CoreUnderTest) => Promise<T>,
): Promise<T> {
  // Not in node_modules, because Node does not strip types there.
  const folder = mkdtempSync(join(tmpdir(), 'mutated-core-'));
  try {
    cpSync(join(CORE, 'src'), join(folder, 'src'), { recursive: true });
    symlinkSync(join(CORE, 'node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    if (mutation !== undefined) applyMutation(mutation, join(folder, 'src', mutation.file));
    // The copy has the exports of its source.
    return await use(load(join(folder, 'src', 'index.ts')) as CoreUnderTest);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Replaces the text, which must occur exactly once: a mutation without effect would not test anything. */
function applyMutation({ file, text, replacement }: Mutation, path: string): void {
  const parts = readFileSync(path, 'utf8').split(text);
  if (parts.length !== 2)
    throw new Error(`"${text}" must occur once in ${file}, but occurs ${parts.length - 1} times.`);
  writeFileSync(path, parts.join(replacement));
}
