import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { delimiter, resolve } from 'node:path';
import process from 'node:process';
import manifest from '../../package.json' with { type: 'json' };

/** A process of the edge that a test started. */
export interface Running {
  /** What it has written so far, both streams. */
  text(): string;
  /** Sends TERM, and gives the exit code. */
  stop(): Promise<number | null>;
  /** Stops to read its stdout. */
  pauseLog(): void;
  resumeLog(): void;
  /** Closes its stdout, as a log reader that ends. */
  closeLog(): void;
  /** Resolves when it has written a text; rejects when it ends before. */
  written(sign: string): Promise<void>;
}

const EDGE = resolve(import.meta.dirname, '../..');
const BINARIES = [resolve(EDGE, 'node_modules/.bin'), resolve(EDGE, '../../node_modules/.bin')];
const PATH = [...BINARIES, process.env['PATH'] ?? ''].join(delimiter);

/** The scripts that start the edge on a runtime, as package.json has them. */
export type RuntimeScript = 'start:node' | 'start:bun' | 'start:deno' | 'start:workerd';

/** The command of a script. */
export function commandOf(script: RuntimeScript): string {
  return manifest.scripts[script];
}

/** The command of local development, with its archive below a folder. */
export function localCommand(folder: string): string {
  return `node scripts/start.ts --folder ${folder}`;
}

type Environment = Readonly<Record<string, string>>;

function launch(command: string, environment: Environment) {
  // With `exec` a signal reaches the program, and no shell is left between.
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: EDGE, env: { PATH, ...environment } });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, text: () => text };
}

/** Starts a command, and waits until it has written the sign that it answers. */
export async function start(command: string, environment: Environment, sign: string): Promise<Running> {
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

/** Runs a command that is to end by itself: its exit code and what it wrote. */
export async function runToEnd(
  command: string,
  environment: Environment,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { child, text } = launch(command, environment);
  await once(child, 'close');
  return { code: child.exitCode, text: text() };
}

/** A port of this machine that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
