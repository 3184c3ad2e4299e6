import { delayByTimer } from '@room-recordings/http-cache';
import { waitUntil } from 'cloudflare:workers';
import { writeLog } from '../log.ts';
import { createEdge } from '../edge.ts';
import { misconfiguredSettings, readSettings, SettingsError, type Settings } from '../settings.ts';
import { archiveSource } from '../source/archive.ts';
import { d1Database, type D1Binding } from '../source/d1.ts';
import type { Source } from '../source/source.ts';
import { openTwilio } from '../source/open-twilio.ts';
import { toFetchHandler } from './fetch-server.ts';
import { openCache } from './open-cache.ts';

/** The Worker's bindings: the settings as text, and the archive's database where there is one. */
export interface Bindings extends Readonly<Record<string, unknown>> {
  readonly DB?: D1Binding;
}

type Handler = (request: Request) => Response | Promise<Response>;

async function start(bindings: Bindings): Promise<Handler> {
  const settings = settingsOf(bindings);
  if (settings.misconfigured !== undefined) console.error(`misconfigured: ${settings.misconfigured}`);
  const log = writeLog(settings.logLevel, (text) => console.log(text));
  const { app } = createEdge(settings, sourceOf(settings, bindings.DB), {
    now: Date.now,
    waitUntil,
    cacheApi: await openCache(),
    log,
  });
  return toFetchHandler(app);
}

/** A Worker cannot refuse to start: it starts, and every read says what is wrong. */
function settingsOf({ DB, ...variables }: Bindings): Settings {
  try {
    const settings = readSettings(variables);
    if (settings.source?.name !== 'archive' || DB !== undefined) return settings;
    throw new SettingsError('RECORDINGS_SOURCE=archive needs the D1 binding DB: deploy with --env archive.');
  } catch (fault) {
    if (!(fault instanceof SettingsError)) throw fault;
    return misconfiguredSettings(fault);
  }
}

function sourceOf(
  { source, staleOnUpstreamAuth }: Settings,
  binding: D1Binding | undefined,
): Source | undefined {
  if (source?.name === 'twilio') {
    return openTwilio(source, (url, init) => fetch(url, init), {
      now: Date.now,
      delay: delayByTimer,
      random: Math.random,
      staleOnUpstreamAuth,
    });
  }
  return binding && archiveSource(d1Database(binding));
}

let handler: Handler | undefined;
let starting: Promise<Handler> | undefined;

const worker: { fetch(request: Request, bindings: Bindings): Response | Promise<Response> } = {
  fetch(request, bindings) {
    if (handler !== undefined) return handler(request);
    starting ??= start(bindings);
    return starting.then((started) => (handler = started)(request));
  },
};

export default worker;
