import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { findFreePort, getStartCommand, start } from '../../test/process/edge-process.ts';

/** The runtimes that these programs can start. */
export type ServerRuntime = 'node' | 'bun' | 'deno';

/** The fake Twilio of `fake-twilio.ts` as a separate process. */
export interface SpawnedTwilio {
  readonly port: number;
  setDelay(ms: number): Promise<void>;
  /** Returns the number of calls since the last `takeCounts`, and the largest number of concurrent calls. */
  takeCounts(): Promise<{ readonly calls: number; readonly mostRunning: number }>;
  stop(): Promise<unknown>;
}

/** An edge as a separate process, started as in production, and its fake Twilio. */
export interface SpawnedEdge {
  readonly port: number;
  /** The runtime and its version. */
  readonly version: string;
  /** The description of the runtime in a measurement. */
  readonly runtime: string;
  readonly twilio: SpawnedTwilio;
  stop(): Promise<void>;
}

/** Starts a fake Twilio. */
async function spawnTwilio(): Promise<SpawnedTwilio> {
  const port = await findFreePort();
  const process = await start(`node --conditions=source perf/load/fake-twilio.ts ${port}`, {}, 'listening');
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    async setDelay(ms) {
      await fetch(`${origin}/delay/${ms}`, { method: 'PUT' });
    },
    async takeCounts() {
      const response = await fetch(`${origin}/seen`);
      // The response is that of `fake-twilio.ts`.
      return (await response.json()) as { calls: number; mostRunning: number };
    },
    stop: () => process.stop(),
  };
}

/** Starts the proxy of `bare-proxy.ts` in front of a fake Twilio. */
export async function spawnProxy(
  twilioPort: number,
): Promise<{ readonly port: number; stop(): Promise<unknown> }> {
  const port = await findFreePort();
  const command = `node perf/load/bare-proxy.ts ${port} ${twilioPort}`;
  const proxy = await start(command, {}, 'listening');
  return { port, stop: () => proxy.stop() };
}

/** Starts an edge with its own fake Twilio. */
export async function spawnEdge(
  runtime: ServerRuntime,
  variables: Readonly<Record<string, string>> = {},
): Promise<SpawnedEdge> {
  const version = readVersion(runtime);
  const twilio = await spawnTwilio();
  const port = await findFreePort();
  const environment = { ...createVariables(port, twilio.port), ...variables };
  const edge = await start(getStartCommand(`start:${runtime}`), environment, 'listening on');
  return {
    port,
    version,
    runtime: `${version}, a process over loopback`,
    twilio,
    async stop() {
      await edge.stop();
      await twilio.stop();
    },
  };
}

/** Returns the settings of an edge that calls a fake Twilio. */
function createVariables(port: number, twilioPort: number): Readonly<Record<string, string>> {
  return {
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: 'SK',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: `http://127.0.0.1:${twilioPort}`,
    ACCESS: 'public',
    ALLOWED_ORIGINS: '*',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    PORT: String(port),
    LOG_LEVEL: 'silent',
  };
}

/** Reads the name and the version of a runtime from its binary. */
function readVersion(runtime: ServerRuntime): string {
  if (runtime === 'node') return `node ${process.versions.node}`;
  const binaries = resolve(import.meta.dirname, '../../node_modules');
  const binary = runtime === 'bun' ? `${binaries}/bun/bin/bun.exe` : `${binaries}/deno/deno`;
  const output = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return `${runtime} ${/\d+\.\d+\.\d+/.exec(output)?.[0] ?? ''}`;
}
