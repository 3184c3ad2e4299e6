import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { commandOf, findFreePort, start } from '../../test/process/running.ts';

/** The runtimes whose entry can be served from here. */
export type ServedRuntime = 'node' | 'bun' | 'deno';

/** The fake Twilio of `fake-twilio.ts`, in a process of its own. */
export interface ServedTwilio {
  readonly port: number;
  setDelay(ms: number): Promise<void>;
  /** What it saw since it was last asked. */
  see(): Promise<{ readonly calls: number; readonly mostRunning: number }>;
  stop(): Promise<unknown>;
}

/** An edge in a process of its own, as production starts it, and the Twilio behind it. */
export interface ServedEdge {
  readonly port: number;
  /** The runtime and its version. */
  readonly version: string;
  /** The same, for a figure. */
  readonly runtime: string;
  readonly twilio: ServedTwilio;
  stop(): Promise<void>;
}

/** Starts the fake Twilio. */
async function serveTwilio(): Promise<ServedTwilio> {
  const port = await findFreePort();
  const process = await start(`node --conditions=source perf/load/fake-twilio.ts ${port}`, {}, 'listening');
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    async setDelay(ms) {
      await fetch(`${origin}/delay/${ms}`, { method: 'PUT' });
    },
    async see() {
      const response = await fetch(`${origin}/seen`);
      // Our own server answers it.
      return (await response.json()) as { calls: number; mostRunning: number };
    },
    stop: () => process.stop(),
  };
}

/** Starts the proxy of `bare-proxy.ts` in front of a fake Twilio. */
export async function serveProxy(
  twilioPort: number,
): Promise<{ readonly port: number; stop(): Promise<unknown> }> {
  const port = await findFreePort();
  const command = `node perf/load/bare-proxy.ts ${port} ${twilioPort}`;
  const proxy = await start(command, {}, 'listening');
  return { port, stop: () => proxy.stop() };
}

/** Starts an edge with a Twilio of its own. */
export async function serveEdge(
  runtime: ServedRuntime,
  variables: Readonly<Record<string, string>> = {},
): Promise<ServedEdge> {
  const version = versionOf(runtime);
  const twilio = await serveTwilio();
  const port = await findFreePort();
  const environment = { ...productionSettings(port, twilio.port), ...variables };
  const edge = await start(commandOf(`start:${runtime}`), environment, 'listening on');
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

/** The settings of an edge in front of a fake Twilio. */
function productionSettings(port: number, twilioPort: number): Readonly<Record<string, string>> {
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

/** A runtime's name and version, as the binary in use says it. */
function versionOf(runtime: ServedRuntime): string {
  if (runtime === 'node') return `node ${process.versions.node}`;
  const binaries = resolve(import.meta.dirname, '../../node_modules');
  const binary = runtime === 'bun' ? `${binaries}/bun/bin/bun.exe` : `${binaries}/deno/deno`;
  const said = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return `${runtime} ${/\d+\.\d+\.\d+/.exec(said)?.[0] ?? ''}`;
}
