import { sleep, type CacheApi, type Sleep } from '@room-recordings/http-cache';
import { resolve } from 'node:path';
import process from 'node:process';
import type { RequestHandler } from '../app.ts';
import { archiveSource } from '../archive/archive-source.ts';
import { openFolderMedia } from '../archive/media-folder.ts';
import { EDGE_FOLDER, openArchive } from '../archive/sqlite.ts';
import { createRuntimeClock } from '../concurrency/monotonic-clock.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import { parseConfig, type Config } from '../config/config.ts';
import { describeMisspeltVariables } from '../config/misspelt-variables.ts';
import { createEdge } from '../create-edge.ts';
import { createLogger, logEntry, type LogEntry } from '../logging.ts';
import { createArchiveMedia, type MediaSource } from '../media/media-source.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { ROOM_LOOKUP_TIMEOUT_MS, TIMELINE_RESPONSE_TIMEOUT_MS } from '../twilio/resilience/policy.ts';
import { createBoundedWriter } from './log-writer.ts';
import { openTwilio } from './open-twilio.ts';
import { formatStartError, formatListenError, type ListenAddress } from './start-error.ts';

/** The services that a runtime's server uses. */
export interface ServerServices {
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  /** Returns milliseconds of a monotonic clock. */
  readonly monotonicNow: () => number;
  /** Seconds that an idle connection is kept open, on runtimes with such an option. */
  readonly keepAliveSeconds: number;
  /** Logs an error of the server, such as a request without a response. */
  readonly report: (entry: LogEntry) => void;
}

/** Starts a runtime's server. Returns the function that stops it and resolves after its pending responses. */
export type StartServer = (
  app: RequestHandler,
  address: ListenAddress,
  services: ServerServices,
) => Promise<() => Promise<void>>;

/** The differences between runtimes besides the server. */
export interface Runtime {
  /** The Cache API of the runtime; undefined on a runtime without one. */
  readonly cacheApi?: CacheApi | undefined;
  /** Writes text to stdout without blocking, and resolves when it is written. Default: `process.stdout`. */
  readonly writeOut?: (text: string) => Promise<void>;
}

/** Runs the edge as a process until SIGTERM or SIGINT. If it cannot start, it prints one line and exits with code 1. */
export async function runServer(startServer: StartServer, runtime: Runtime = {}): Promise<void> {
  const { cacheApi, writeOut = writeStdout } = runtime;
  try {
    // The warnings come first, because a misspelt setting may be the reason why the edge does not start.
    for (const warning of describeMisspeltVariables(Object.keys(process.env))) printLine(warning);
    const config = withPublicUrl(parseConfig(process.env));
    if (config.misconfigured !== undefined) {
      printLine(`misconfigured: ${config.misconfigured} Until then the edge responds to each read with 503.`);
    }
    const monotonic = createRuntimeClock();
    const { source, media, close } = await openSource(config, monotonic);
    const lines = createBoundedWriter({ write: writeOut, describeDropped });
    const logger = createLogger(config.logLevel, lines.add);
    const { waitUntil, settle } = createWaitUntil();
    let isDraining = false;
    const { app } = createEdge(config, source, {
      media,
      now: Date.now,
      monotonic,
      waitUntil,
      cacheApi,
      logger,
      isDraining: () => isDraining,
    });
    const address = { hostname: config.host, port: config.port };
    const stopServer = await startServer(app, address, {
      now: Date.now,
      monotonicNow: monotonic,
      keepAliveSeconds: config.keepAliveSeconds,
      report: (entry) => logger.write(entry),
    }).catch((error: unknown) => {
      throw new Error(formatListenError(error, address), { cause: error });
    });
    const exit = async () => {
      isDraining = true;
      await shutDown({ stopServer, settleBackground: settle, settleLog: lines.settle, sleep });
      close();
      process.exit(0);
    };
    // The edge continues without a reader of its log.
    process.stdout.on('error', () => undefined);
    process.once('SIGTERM', () => void exit());
    process.once('SIGINT', () => void exit());
    printLine(`listening on ${formatOrigin(config.host, config.port)}`);
  } catch (error) {
    printLine(formatStartError(error));
    process.exit(1);
  }
}

/** The hosts that stand for all addresses of the machine. A client cannot connect to them. */
const WILDCARD_HOSTS = new Set(['0.0.0.0', '[::]']);

/** Sets the public URL to the server's own origin if `PUBLIC_URL` is not set. */
function withPublicUrl(config: Config): Config {
  if (config.publicUrl !== undefined) return config;
  const publicUrl = formatOrigin(config.host, config.port);
  printLine(`PUBLIC_URL is not set: links use ${publicUrl}.`);
  if (WILDCARD_HOSTS.has(new URL(publicUrl).hostname)) {
    printLine(
      `Warning: other machines cannot open ${publicUrl}. Set PUBLIC_URL to the origin that clients use, such as https://recordings.example.com.`,
    );
  }
  return { ...config, publicUrl };
}

function describeDropped(count: number): string {
  return JSON.stringify(logEntry('log.entries_dropped', Date.now(), { dropped: count }));
}

function writeStdout(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

function printLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Formats the origin of a server: an IPv6 address in brackets, and no port 80. */
export function formatOrigin(host: string, port: number): string {
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`).origin;
}

/** Milliseconds for pending responses. The longest read looks up a room, lists it, and reads the heads of its files. */
const SHUTDOWN_TIMEOUT_MS = ROOM_LOOKUP_TIMEOUT_MS + TIMELINE_RESPONSE_TIMEOUT_MS + 500;

/** Milliseconds for queued log entries, whose reader may have stalled. */
const LOG_FLUSH_TIMEOUT_MS = 1_000;

/** The steps of {@link shutDown}. */
export interface ShutDownSteps {
  /** Stops accepting connections, and resolves when each pending response has been sent. */
  readonly stopServer: () => Promise<void>;
  /** Resolves when each background refresh and each cache write has ended. */
  readonly settleBackground: () => Promise<void>;
  /** Resolves when all queued log entries have been written. */
  readonly settleLog: () => Promise<void>;
  readonly sleep: Sleep;
}

/** Waits until the process can exit without losing work. Responses and background work get at most 24 s, then the log at most 1 s. */
export async function shutDown(steps: ShutDownSteps): Promise<void> {
  const { stopServer, settleBackground, settleLog, sleep } = steps;
  // Without a timeout, an idle client would keep the server open for as long as it stays connected.
  await withTimeout(stopServer().then(settleBackground), SHUTDOWN_TIMEOUT_MS, sleep);
  await withTimeout(settleLog(), LOG_FLUSH_TIMEOUT_MS, sleep);
}

/** Tracks work that continues after a response: refreshes, and writes to the Cache API. */
export interface BackgroundTasks {
  /** Tracks work until it settles. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Resolves when all tracked work has settled. */
  readonly settle: () => Promise<void>;
}

/** Creates a tracker, so that a process that stops gracefully can wait for background work. */
export function createWaitUntil(): BackgroundTasks {
  const running = new Set<Promise<unknown>>();
  const waiting: (() => void)[] = [];
  return {
    waitUntil(work) {
      running.add(work);
      const remove = () => {
        running.delete(work);
        if (running.size === 0) for (const resume of waiting.splice(0)) resume();
      };
      work.then(remove, remove);
    },
    async settle() {
      // Work that ends may start other work. A loop over the promises themselves would block all timers if one never settled.
      while (running.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

/** The recording source of a process. */
interface OpenSource {
  /** Undefined if `RECORDINGS_SOURCE` is not set. */
  readonly source: RecordingSource | undefined;
  /** Undefined if no media is served. */
  readonly media?: MediaSource | undefined;
  /** Closes the archive, if the source is one. */
  readonly close: () => void;
}

/** Opens the source of the config, and migrates an archive. A relative path starts at apps/edge. */
async function openSource(config: Config, monotonic: () => number): Promise<OpenSource> {
  const { source, archivePath, media } = config;
  if (source === undefined) return { source, close() {} };
  if (source.name === 'twilio') return { ...openTwilio(source, config, monotonic), close() {} };
  const database = await openArchive(resolve(EDGE_FOLDER, archivePath));
  return {
    source: archiveSource(database),
    media:
      media.mode === 'off'
        ? undefined
        : createArchiveMedia(openFolderMedia(resolve(EDGE_FOLDER, media.path))),
    close: () => database.close(),
  };
}
