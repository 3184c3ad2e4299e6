import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** The runtimes beside Node whose binaries run a program of the tests. */
export const RUNTIMES = ['Bun', 'Deno'] as const;

/** The binaries themselves: the wrapper that npm's deno installs leaves Deno running when it is ended. */
const COMMANDS: Readonly<Record<(typeof RUNTIMES)[number], readonly [file: string, ...args: string[]]>> = {
  Bun: ['bun/bin/bun.exe'],
  Deno: ['deno/deno', 'run', '-A'],
};

/**
 * Runs a program of the tests on a runtime, and gives the JSON that it printed.
 *
 * @param timeout milliseconds.
 * @param environment variables beside those of this process.
 */
export async function runProgram(
  runtime: (typeof RUNTIMES)[number],
  program: string,
  argument: string,
  timeout: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const [file, ...args] = COMMANDS[runtime];
  const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', ...environment };
  const { stdout } = await promisify(execFile)(
    resolve(import.meta.dirname, '../node_modules', file),
    [...args, resolve(import.meta.dirname, program), argument],
    { env, maxBuffer: 2 ** 24, timeout },
  );
  return JSON.parse(stdout);
}
