import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A program and its first arguments. */
export type Command = readonly [file: string, ...args: string[]];

/** How a program ended, and all that it printed. */
export interface Ended {
  readonly code: number;
  readonly printed: string;
}

/** Runs a program to its end and gives what it wrote on stdout; throws with all of it when it fails. */
export async function run([file, ...args]: Command, cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args, { cwd, env: environment(), timeout: 60_000 });
  return stdout;
}

/** Runs a program that is expected to fail. */
export async function runToFault(command: Command, cwd: string): Promise<Ended> {
  try {
    return { code: 0, printed: await run(command, cwd) };
  } catch (fault) {
    if (!(fault instanceof Error) || !('code' in fault) || typeof fault.code !== 'number') throw fault;
    return { code: fault.code, printed: 'stdout' in fault ? String(fault.stdout) : '' };
  }
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', NODE_OPTIONS: '' };
}
