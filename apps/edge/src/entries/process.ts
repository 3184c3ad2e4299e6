import process from 'node:process';
import type { CacheApi } from '@room-recordings/http-cache';
import type { App } from '../app.ts';
import { createEdge } from '../edge.ts';
import { writeLog, type LogLine } from '../log.ts';
import { createRuntimeClock } from '../monotonic-clock.ts';
import { readSettings, type Settings } from '../settings.ts';
import { trackBackground } from './background.ts';
import { openSource } from './process-source.ts';
import { originOf } from './origin-of.ts';
import { explainStart } from './start-fault.ts';

/** Where a runtime's server listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** What a runtime's server needs of the outside. */
export interface ServerOutside {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes a line about each request that could not be answered. */
  readonly report: (line: LogLine) => void;
}

/** Starts a runtime's server, and gives the way to stop it after the requests that it has. */
export type Serve = (app: App, address: Address, outside: ServerOutside) => Promise<() => Promise<void>>;

/** How long requests that run, and what runs behind them, may take when the process is told to stop, in milliseconds. */
const GRACE_MS = 5000;

/**
 * Runs the edge as a process until TERM or INT; what stops its start ends it with one line.
 *
 * @param cacheApi the runtime's own, where it has one.
 */
export async function runProcess(serve: Serve, cacheApi?: CacheApi): Promise<void> {
  try {
    const settings = withPublicUrl(readSettings(process.env));
    if (settings.misconfigured !== undefined) {
      say(`misconfigured: ${settings.misconfigured} Until then every read answers 503.`);
    }
    const monotonic = createRuntimeClock();
    const opened = await openSource(settings, monotonic);
    const log = writeLog(settings.logLevel, (text) => void process.stdout.write(`${text}\n`));
    const { waitUntil, settle } = trackBackground();
    const { app } = createEdge(settings, opened.source, {
      now: Date.now,
      monotonic,
      waitUntil,
      cacheApi,
      log,
    });
    const address = { hostname: settings.host, port: settings.port };
    const stop = await serve(app, address, { now: Date.now, report: (line) => log.write(line) });
    const leave = () => {
      opened.close();
      process.exit(0);
    };
    const end = async () => {
      // A connection that says nothing would hold a server open for as long as it likes.
      const grace = setTimeout(leave, GRACE_MS);
      await stop();
      await settle();
      clearTimeout(grace);
      leave();
    };
    // Whoever reads the log may go away; the edge stays.
    process.stdout.on('error', () => undefined);
    process.once('SIGTERM', () => void end());
    process.once('SIGINT', () => void end());
    say(`listening on ${originOf(settings.host, settings.port)}`);
  } catch (fault) {
    say(explainStart(fault));
    process.exit(1);
  }
}

function withPublicUrl(settings: Settings): Settings {
  if (settings.publicUrl !== undefined) return settings;
  const publicUrl = originOf(settings.host, settings.port);
  say(`PUBLIC_URL is not set: links lead to ${publicUrl}.`);
  return { ...settings, publicUrl };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
