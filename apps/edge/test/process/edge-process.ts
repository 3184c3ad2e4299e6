import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { delimiter, resolve } from 'node:path';
import process from 'node:process';
import manifest from '../../package.json' with { type: 'json' };

/** A process of the edge that a test started. */
export interface EdgeProcess {
  /** Returns the text that both streams have written so far. */
  text(): string;
  /** Sends SIGTERM, and returns the exit code. */
  stop(): Promise<number | null>;
  /** Stops reading its stdout. */
  pauseLog(): void;
  resumeLog(): void;
  /** Closes its stdout, as a log reader that exits. */
  closeLog(): void;
  /** Resolves when it has written a text; rejects if it exits before. */
  written(text: string): Promise<void>;
}

const EDGE = resolve(import.meta.dirname, '../..');
const BINARIES = [resolve(EDGE, 'node_modules/.bin'), resolve(EDGE, '../../node_modules/.bin')];
const PATH = [...BINARIES, process.env['PATH'] ?? ''].join(delimiter);

/** The scripts that start the edge on a runtime, as package.json has them. */
export type RuntimeScript = 'start:node' | 'start:bun' | 'start:deno' | 'start:workerd';

/** Returns the command of a script. */
export function commandOf(script: RuntimeScript): string {
  return manifest.scripts[script];
}

/** Returns the command of local development, with its archive in a folder. */
export function localCommand(folder: string): string {
  return `node scripts/start.ts --folder ${folder}`;
}

type Environment = Readonly<Record<string, string>>;

function launch(command: string, environment: Environment) {
  // With `exec` a signal reaches the program, and not a shell.
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: EDGE, env: { PATH, ...environment } });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, text: () => text };
}

/** Starts a command, and waits until it has written a text that shows that it is ready. */
export async function start(command: string, environment: Environment, sign: string): Promise<EdgeProcess> {
  const { child, text } = launch(command, environment);
  const ended = once(child, 'close');
  const written = (wanted: string) =>
    new Promise<void>((ready, fail) => {
      const look = () => {
        if (text().includes(wanted)) ready();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('close', () => fail(new Error(`${command} ended: ${text()}`)));
      look();
    });
  await written(sign);
  return {
    text,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
    pauseLog: () => void child.stdout.pause(),
    resumeLog: () => void child.stdout.resume(),
    closeLog: () => void child.stdout.destroy(),
    written,
  };
}

/** Runs a command until it exits, and returns its exit code and output. */
export async function runToEnd(
  command: string,
  environment: Environment,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { child, text } = launch(command, environment);
  await once(child, 'close');
  return { code: child.exitCode, text: text() };
}

/** Returns a port of this machine without a listener. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
