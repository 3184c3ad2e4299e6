import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { delimiter, resolve } from 'node:path';
import process from 'node:process';
import manifest from '../../package.json' with { type: 'json' };

/** A process of the edge that a test started. */
export interface EdgeProcess {
  /** Returns the text of stdout and stderr so far. */
  text(): string;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>;
  /** Stops reading stdout. */
  pauseLog(): void;
  /** Reads stdout again. */
  resumeLog(): void;
  /** Closes stdout, like a log reader that exits. */
  closeLog(): void;
  /**
   * Resolves when stdout and stderr contain this text.
   * @throws {Error} if the process exits before
   */
  waitForText(text: string): Promise<void>;
}

const EDGE = resolve(import.meta.dirname, '../..');
const BINARIES = [resolve(EDGE, 'node_modules/.bin'), resolve(EDGE, '../../node_modules/.bin')];
const PATH = [...BINARIES, process.env['PATH'] ?? ''].join(delimiter);

/** The scripts that start the edge on a runtime, as package.json has them. */
export type RuntimeScript = 'start:node' | 'start:bun' | 'start:deno' | 'start:workerd';

/** Returns the command of a script in package.json. */
export function getStartCommand(script: RuntimeScript): string {
  return manifest.scripts[script];
}

/** Returns the command of `pnpm start`, with its archive in a folder. */
export function getLocalCommand(folder: string): string {
  return `node scripts/start.ts --folder ${folder}`;
}

type Environment = Readonly<Record<string, string>>;

function launch(command: string, environment: Environment) {
  // With `exec` a signal reaches the program instead of a shell.
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: EDGE, env: { PATH, ...environment } });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, text: () => text };
}

/**
 * Starts a command and waits until it is ready.
 * @param readyText the output that shows that the process is ready
 * @throws {Error} if the process exits before
 */
export async function start(
  command: string,
  environment: Environment,
  readyText: string,
): Promise<EdgeProcess> {
  const { child, text } = launch(command, environment);
  const closed = once(child, 'close');
  const waitForText = (expected: string) =>
    new Promise<void>((resolvePromise, reject) => {
      const check = () => {
        if (text().includes(expected)) resolvePromise();
      };
      child.stdout.on('data', check);
      child.stderr.on('data', check);
      child.once('close', () => reject(new Error(`${command} exited: ${text()}`)));
      check();
    });
  await waitForText(readyText);
  return {
    text,
    async stop() {
      child.kill('SIGTERM');
      await closed;
      return child.exitCode;
    },
    pauseLog: () => void child.stdout.pause(),
    resumeLog: () => void child.stdout.resume(),
    closeLog: () => void child.stdout.destroy(),
    waitForText,
  };
}

/** Runs a command until it exits, and returns its exit code and output. */
export async function runToExit(
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
