import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { formatListenError, formatStartError } from '../src/adapters/start-error.ts';
import { startLocalWorker, type LocalWorkerOptions } from './local-worker.ts';

/** The options of {@link serveWorker}. */
type WorkerProcessOptions = Pick<LocalWorkerOptions, 'host' | 'port' | 'archive' | 'media' | 'variables'>;

/**
 * Serves the built Worker until the process receives SIGTERM or SIGINT, and then exits with code 0.
 *
 * The log of the Worker is written to stdout, its warnings and errors to stderr.
 */
export async function serveWorker(options: WorkerProcessOptions): Promise<void> {
  await checkPortFree(options.host, options.port);
  const state = createStateFolder();
  const removeState = () => rmSync(state, { recursive: true, force: true });
  process.once('exit', removeState);
  // The edge continues without a reader of its log.
  process.stdout.on('error', () => undefined);
  const worker = await startLocalWorker({
    ...options,
    state,
    write: (line, isError) => void (isError ? process.stderr : process.stdout).write(`${line}\n`),
  });
  const stop = () => void worker.stop().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Miniflare's own listener exits immediately, with the exit code of a killed process.
    process.removeAllListeners(signal);
    process.once(signal, stop);
  }
}

/** Creates the temporary folder of D1 and the Cache API. */
function createStateFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'room-recordings-workerd-'));
  } catch (error) {
    throw new Error(
      `The folder for temporary files ${tmpdir()} cannot be written: ${formatStartError(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** Runs the start of a program. On an error it prints one line to stderr and exits with code 1. */
export async function runStart(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${formatStartError(error)}\n`);
    process.exit(1);
  }
}

/** Rejects if a server cannot listen on the address, for example on a port in use: workerd would exit with a stack trace. */
async function checkPortFree(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw new Error(formatListenError(error, { hostname: host, port }), { cause: error });
  });
  server.close();
  await once(server, 'close');
}
