import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Contender } from './target.ts';

const run = promisify(execFile);

/** Connections that are kept busy, by one thread: a closed loop. */
export const CONNECTIONS = 32;

/**
 * Asks one URL as fast as it is answered, and gives the answers a second.
 *
 * @throws where an answer was no success: an error is quick to give.
 */
export async function countAnswers(
  { url, token }: Pick<Contender, 'url' | 'token'>,
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

/** A program that has to be on this machine, and how it says its version. */
interface Needed {
  readonly name: string;
  readonly flag: string;
}

/**
 * The version of a program.
 *
 * @throws a line that says what to install, where it is not there.
 */
export async function versionOf({ name, flag }: Needed): Promise<string> {
  try {
    const { stdout, stderr } = await run(name, [flag]).catch((fault: unknown) => {
      // wrk tells its version and fails.
      if (isOutput(fault)) return fault;
      throw fault;
    });
    return `${name} ${/\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? ''}`;
  } catch {
    throw new Error(`${name} is missing: install it, on Debian with "apt-get install wrk nginx-light".`);
  }
}

function isOutput(fault: unknown): fault is { readonly stdout: string; readonly stderr: string } {
  return fault instanceof Error && 'stdout' in fault && fault.stdout !== '' && 'stderr' in fault;
}
