import { join } from 'node:path';
import { at, CORE, ROOT } from './paths.ts';
import type { Command } from './run.ts';

/** A runtime that core promises, of the version that this project pins. */
export interface Runtime {
  readonly name: string;
  /** How what it prints about its version starts. */
  readonly version: string;
  readonly binary: string;
  /** How it runs a file. */
  readonly command: Command;
}

const node20 = at('node-20/node_modules/node/bin/node');
const node24 = join(ROOT, 'node_modules/node/bin/node');
const bun = join(CORE, 'node_modules/bun/bin/bun.exe');
// The binary itself: the wrapper that npm's deno installs leaves Deno running when it is ended.
const deno = join(CORE, 'node_modules/deno/deno');

/** Where the package must do the same. */
export const RUNTIMES: readonly Runtime[] = [
  { name: 'Node 20', version: 'v20.', binary: node20, command: [node20] },
  { name: 'Node 24', version: 'v24.', binary: node24, command: [node24] },
  { name: 'Bun', version: '1.', binary: bun, command: [bun] },
  { name: 'Deno', version: 'deno 2.', binary: deno, command: [deno, 'run', '-A'] },
];
