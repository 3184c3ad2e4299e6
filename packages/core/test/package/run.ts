import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A program and its first arguments. */
export type Command = readonly [file: string, ...args: string[]];

/** The exit code and the output of a program. */
export interface ProgramResult {
  readonly code: number;
  readonly printed: string;
}

/** Runs a program and returns its stdout; rejects if it fails. */
export async function run([file, ...args]: Command, cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args, { cwd, env: environment(), timeout: 60_000 });
  return stdout;
}

/** Runs a program that may fail, and returns its exit code and stdout. */
export async function runUnchecked(command: Command, cwd: string): Promise<ProgramResult> {
  try {
    return { code: 0, printed: await run(command, cwd) };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error;
    return { code: error.code, printed: 'stdout' in error ? String(error.stdout) : '' };
  }
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', NODE_OPTIONS: '' };
}
