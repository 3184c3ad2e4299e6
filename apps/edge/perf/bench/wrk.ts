import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BenchTarget } from './target.ts';

const run = promisify(execFile);

/** The connections of one thread in a closed loop. */
export const CONNECTIONS = 32;

/**
 * Measures the throughput of one URL in a closed loop.
 *
 * @returns responses per second.
 * @throws {Error} if a response is an error, because errors are faster than cache hits.
 */
export async function measureThroughput(
  { url, token }: Pick<BenchTarget, 'url' | 'token'>,
  seconds: number,
): Promise<number> {
  const parameters = [
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    '-H',
    'Origin: https://app.example.com',
    ...(token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`]),
    url,
  ];
  const { stdout } = await run('wrk', parameters);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (/Non-2xx|Socket errors/.test(stdout) || !(perSecond > 0)) throw new Error(`${url} failed:\n${stdout}`);
  return perSecond;
}

/** A program that must be installed, and the flag that prints its version. */
interface RequiredProgram {
  readonly name: string;
  readonly flag: string;
}

/**
 * Reads the version of a program.
 *
 * @throws {Error} with one line that names the package to install.
 */
export async function readVersion({ name, flag }: RequiredProgram): Promise<string> {
  try {
    const { stdout, stderr } = await run(name, [flag]).catch((error: unknown) => {
      // wrk prints its version and exits with an error.
      if (isOutput(error)) return error;
      throw error;
    });
    return `${name} ${/\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? ''}`;
  } catch {
    throw new Error(
      `${name} is not installed: install it, on Debian with "apt-get install wrk nginx-light".`,
    );
  }
}

function isOutput(error: unknown): error is { readonly stdout: string; readonly stderr: string } {
  return error instanceof Error && 'stdout' in error && error.stdout !== '' && 'stderr' in error;
}
