import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';

const EDGE = resolve(import.meta.dirname, '../..');

/**
 * Runs a program in a new process of Node.
 *
 * @param file the path below apps/edge.
 * @returns the text that it wrote to stdout.
 * @throws {Error} if the program fails, for example because it runs out of memory.
 */
export async function runProgram(
  file: string,
  flags: readonly string[],
  parameters: readonly string[],
): Promise<string> {
  const command = ['--conditions=source', ...flags, file, ...parameters];
  const child = spawn(process.execPath, command, { cwd: EDGE, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${file} exited with ${child.exitCode ?? child.signalCode}.`);
  return text;
}
