import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, vi, type Mock } from 'vitest';
import type { ServerServices, StartServer } from '../../src/adapters/server.ts';
import type { ListenAddress } from '../../src/adapters/start-error.ts';
import type { RequestHandler } from '../../src/app.ts';

/** The environment of the process that a test runs. */
export interface ProcessHarness {
  /** The temporary folder of the archive. */
  readonly folder: () => string;
  /** All text that was written to stdout and stderr. */
  readonly output: () => string;
}

/** Sets the environment of each test in a file: an archive in a temporary folder, and captured output. */
export function useProcess(): ProcessHarness {
  let folder = '';
  let output = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'process-'));
    output = '';
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text, ...rest: readonly unknown[]) => {
        output += String(text);
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

  return { folder: () => folder, output: () => output };
}

/** The arguments with which a runtime's server was started. */
interface StartedServer {
  readonly app: RequestHandler;
  readonly address: ListenAddress;
  readonly services: ServerServices;
}

/** Creates the start function of a server that does not listen, and records its starts and stops. */
export function createFakeServer(): {
  readonly started: StartedServer[];
  readonly stop: Mock<() => Promise<void>>;
  readonly startServer: StartServer;
} {
  const started: StartedServer[] = [];
  const stop = vi.fn(() => Promise.resolve());
  const startServer: StartServer = (app, address, services) => {
    started.push({ app, address, services });
    return Promise.resolve(stop);
  };
  return { started, stop, startServer };
}
