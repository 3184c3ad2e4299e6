import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, vi, type Mock } from 'vitest';
import type { ServerServices } from '../../src/adapters/server.ts';
import type { ListenAddress } from '../../src/adapters/start-error.ts';
import type { RequestHandler } from '../../src/app.ts';

/** The folder and the output of the process that a test runs. */
export interface ProcessWorld {
  readonly folder: () => string;
  /** The text that was written to stdout and stderr. */
  readonly said: () => string;
}

/** Gives each test of a file a folder with an archive's path in the environment, and takes what the process writes. */
export function useProcess(): ProcessWorld {
  let folder = '';
  let said = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'process-'));
    said = '';
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text, ...rest: readonly unknown[]) => {
        said += String(text);
        const written = rest.at(-1);
        if (typeof written === 'function') written();
        return true;
      });
    }
    vi.stubEnv('ACCESS', 'public');
    vi.stubEnv('RECORDINGS_SOURCE', 'archive');
    vi.stubEnv('ARCHIVE_PATH', join(folder, 'archive.db'));
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.removeAllListeners('SIGTERM');
    process.removeAllListeners('SIGINT');
    process.stdout.removeAllListeners('error');
    rmSync(folder, { recursive: true });
  });

  return { folder: () => folder, said: () => said };
}

/** A server that was started, as its runtime would see it. */
interface Served {
  readonly app: RequestHandler;
  readonly address: ListenAddress;
  readonly outside: ServerServices;
}

/** Creates a server that is the app itself, and counts its stops. */
export function serverOf(): {
  readonly served: Served[];
  readonly stop: Mock<() => Promise<void>>;
  readonly serve: (
    app: RequestHandler,
    address: ListenAddress,
    outside: ServerServices,
  ) => Promise<() => Promise<void>>;
} {
  const served: Served[] = [];
  const stop = vi.fn(() => Promise.resolve());
  const serve = (app: RequestHandler, address: ListenAddress, outside: ServerServices) => {
    served.push({ app, address, outside });
    return Promise.resolve(stop);
  };
  return { served, stop, serve };
}
