import { join } from 'node:path';
import { at, CORE, ROOT } from './paths.ts';
import type { Command } from './run.ts';

/** A supported runtime, of the version that this project pins. */
export interface Runtime {
  readonly name: string;
  /** The start of the output of `--version`. */
  readonly version: string;
  readonly binary: string;
  /** The command before the name of a file. */
  readonly command: Command;
}

const node20 = at('node-20/node_modules/node/bin/node');
const node24 = join(ROOT, 'node_modules/node/bin/node');
const bun = join(CORE, 'node_modules/bun/bin/bun.exe');
// The binary itself: the wrapper of npm's package deno does not stop Deno when it is stopped.
const deno = join(CORE, 'node_modules/deno/deno');

/** The runtimes on which the package must behave in the same way. */
export const RUNTIMES: readonly Runtime[] = [
  { name: 'Node 20', version: 'v20.', binary: node20, command: [node20] },
  { name: 'Node 24', version: 'v24.', binary: node24, command: [node24] },
  { name: 'Bun', version: '1.', binary: bun, command: [bun] },
  { name: 'Deno', version: 'deno 2.', binary: deno, command: [deno, 'run', '-A'] },
];
