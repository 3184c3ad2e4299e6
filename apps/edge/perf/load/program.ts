import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';

const EDGE = resolve(import.meta.dirname, '../..');

/**
 * Runs a program of this folder in a process of its own, and gives what it wrote.
 *
 * @throws where it fails, by running out of memory for instance.
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
  if (child.exitCode !== 0) throw new Error(`${file} ended with ${child.exitCode ?? child.signalCode}.`);
  return text;
}
