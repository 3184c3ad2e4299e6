import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { formatListenError, formatStartError } from '../src/adapters/start-error.ts';
import { startLocalWorker, type LocalWorkerOptions } from './local-worker.ts';

/** The address, the Worker's settings and the archive that a process serves. */
type WorkerProcessOptions = Pick<LocalWorkerOptions, 'host' | 'port' | 'archive' | 'variables'>;

/**
 * Serves the built Worker until the process gets TERM or INT, which end it with exit code 0.
 *
 * The Worker's log goes to stdout, its warnings and errors go to stderr.
 */
export async function serveWorker(options: WorkerProcessOptions): Promise<void> {
  await checkFree(options.host, options.port);
  const state = makeStateFolder();
  const removeState = () => rmSync(state, { recursive: true, force: true });
  process.once('exit', removeState);
  // The program that reads the log may end before the edge does.
  process.stdout.on('error', () => undefined);
  const worker = await startLocalWorker({
    ...options,
    state,
    write: (line, isLoud) => void (isLoud ? process.stderr : process.stdout).write(`${line}\n`),
  });
  const stop = () => void worker.stop().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Miniflare's own listener ends the process at once, with the exit code of a process that was killed.
    process.removeAllListeners(signal);
    process.once(signal, stop);
  }
}

/** Creates the folder that keeps D1 and the Cache API for as long as the process runs. */
function makeStateFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'room-recordings-workerd-'));
  } catch (fault) {
    throw new Error(
      `The folder for temporary files ${tmpdir()} cannot be written: ${formatStartError(fault)}`,
      {
        cause: fault,
      },
    );
  }
}

/** Runs a program's start; an error ends the process with one line on stderr and exit code 1. */
export async function runStart(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (fault) {
    process.stderr.write(`${formatStartError(fault)}\n`);
    process.exit(1);
  }
}

/** Rejects if nothing can listen there, such as on a port that is taken: workerd itself would end with a stack trace. */
async function checkFree(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening').catch((fault: unknown) => {
    throw new Error(formatListenError(fault, { hostname: host, port }), { cause: fault });
  });
  server.close();
  await once(server, 'close');
}
