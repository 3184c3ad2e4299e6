import { sleep, type CacheApi } from '@room-recordings/http-cache';
import process from 'node:process';
import type { RequestHandler } from '../app.ts';
import { createRuntimeClock } from '../concurrency/monotonic-clock.ts';
import { parseConfig, type Config } from '../config/config.ts';
import { describeMisspeltVariables } from '../config/misspelt-variables.ts';
import { createEdge } from '../create-edge.ts';
import { createLogger, type LogEntry } from '../logging.ts';
import { createBoundedWriter } from './log-writer.ts';
import { openSource } from './open-source.ts';
import { createWaitUntil, shutDown } from './server-lifecycle.ts';
import { formatStartError, formatListenError, type ListenAddress } from './start-error.ts';

/** What a runtime's server needs of the outside. */
export interface ServerServices {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicNow: () => number;
  /** Seconds that a connection is kept open between two requests, on runtimes that let it be set. */
  readonly keepAliveSeconds: number;
  /** Takes a line about each request that could not be answered. */
  readonly report: (line: LogEntry) => void;
}

/** Starts a runtime's server, and gives the way to stop it after the requests that it has. */
export type StartServer = (
  app: RequestHandler,
  address: ListenAddress,
  outside: ServerServices,
) => Promise<() => Promise<void>>;

/** What differs between runtimes beside the server. */
export interface Runtime {
  /** The runtime's own cache; undefined on a runtime without one. */
  readonly cacheApi?: CacheApi | undefined;
  /** Writes text to stdout without blocking, and resolves when it is written; Node's stream by default. */
  readonly writeOut?: (text: string) => Promise<void>;
}

/** Runs the edge as a process until TERM or INT; what stops its start ends it with one line. */
export async function runServer(serve: StartServer, runtime: Runtime = {}): Promise<void> {
  const { cacheApi, writeOut = writeStdout } = runtime;
  try {
    // First, because a misspelt setting may be what stops the start.
    for (const warning of describeMisspeltVariables(Object.keys(process.env))) say(warning);
    const settings = withPublicUrl(parseConfig(process.env));
    if (settings.misconfigured !== undefined) {
      say(`misconfigured: ${settings.misconfigured} Until then every read answers 503.`);
    }
    const monotonic = createRuntimeClock();
    const opened = await openSource(settings, monotonic);
    const lines = createBoundedWriter({ write: writeOut, describeDropped });
    const log = createLogger(settings.logLevel, lines.add);
    const { waitUntil, settle } = createWaitUntil();
    let isDraining = false;
    const { app } = createEdge(settings, opened.source, {
      now: Date.now,
      monotonic,
      waitUntil,
      cacheApi,
      log,
      isDraining: () => isDraining,
    });
    const address = { hostname: settings.host, port: settings.port };
    const stop = await serve(app, address, {
      now: Date.now,
      monotonicNow: monotonic,
      keepAliveSeconds: settings.keepAliveSeconds,
      report: (line) => log.write(line),
    }).catch((fault: unknown) => {
      throw new Error(formatListenError(fault, address), { cause: fault });
    });
    const end = async () => {
      isDraining = true;
      await shutDown({
        stopServer: stop,
        settleBackground: settle,
        settleLog: lines.settle,
        sleep,
      });
      opened.close();
      process.exit(0);
    };
    // Whoever reads the log may go away; the edge stays.
    process.stdout.on('error', () => undefined);
    process.once('SIGTERM', () => void end());
    process.once('SIGINT', () => void end());
    say(`listening on ${formatOrigin(settings.host, settings.port)}`);
  } catch (fault) {
    say(formatStartError(fault));
    process.exit(1);
  }
}

/** The hosts on which a server listens on every address; a client cannot open them. */
const EVERY_ADDRESS = new Set(['0.0.0.0', '[::]']);

function withPublicUrl(settings: Config): Config {
  if (settings.publicUrl !== undefined) return settings;
  const publicUrl = formatOrigin(settings.host, settings.port);
  say(`PUBLIC_URL is not set: links lead to ${publicUrl}.`);
  if (EVERY_ADDRESS.has(new URL(publicUrl).hostname)) {
    say(
      `Warning: other machines cannot open ${publicUrl}. Set PUBLIC_URL to the origin that clients use, such as https://recordings.example.com.`,
    );
  }
  return { ...settings, publicUrl };
}

function describeDropped(count: number): string {
  return JSON.stringify({
    level: 'error',
    time: new Date().toISOString(),
    log: 'entries_dropped',
    dropped: count,
  });
}

function writeStdout(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The origin of a server that listens there: an IPv6 address in brackets, port 80 left out. */
export function formatOrigin(host: string, port: number): string {
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`).origin;
}
