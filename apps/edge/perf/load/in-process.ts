import { basicAuth } from '@room-recordings/core';
import type { FetchFunction } from '../../src/http/types.ts';
import type { Sleep } from '@room-recordings/http-cache';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { HttpResponse } from '../../src/http/types.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createCacheKeyBuilder } from '../../src/recordings/tiered-store.ts';
import { createRouter } from '../../src/routes/router.ts';
import { RETRY_DELAY_MAX_MS } from '../../src/twilio/resilience/policy.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { serializeRecording } from './recordings.ts';

const PUBLIC_URL = 'https://recordings.example.com';
const TWILIO_URL = 'https://video.twilio.com';

/** Responds to a call of Twilio by its path. */
export type Upstream = (path: string) => Promise<Response>;

/** An edge in this process, on a fake clock, with everything between its handler and Twilio. */
export interface LoadEdge {
  readonly clock: FakeClock;
  /** Sends a request to the handler, without a Request object. */
  request(path: string, headers?: ReadonlyMap<string, string>): HttpResponse | Promise<HttpResponse>;
  purge(path: string): Promise<void>;
  /** Counts the calls to Twilio. */
  countCalls(): number;
  /** Resolves when background work waits only for the clock or for Twilio. A digest is computed on another thread. */
  settle(): Promise<void>;
}

/** The options of {@link createLoadEdge}. */
export interface LoadEdgeOptions {
  /** Default: every recording exists. */
  readonly upstream?: Upstream;
  /** Replaces Twilio and the resilience layer. */
  readonly source?: RecordingSource;
  readonly variables?: Readonly<Record<string, string>>;
  readonly clock?: FakeClock;
}

/** Creates an edge with `ACCESS=public` and without a log. */
export function createLoadEdge({
  upstream = respondWithRecording,
  source,
  variables,
  clock = createFakeClock(),
}: LoadEdgeOptions = {}): LoadEdge {
  const config = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'archive',
    ALLOWED_ORIGINS: '*',
    PUBLIC_URL,
    ...variables,
  });
  let calls = 0;
  let running = 0;
  // The part of the running work that waits for Twilio or for a retry, until a barrier opens or the clock advances.
  let held = 0;
  const hold = async <T>(work: Promise<T>): Promise<T> => {
    held += 1;
    try {
      return await work;
    } finally {
      held -= 1;
    }
  };
  const fetch: FetchFunction = (url, { signal }) => {
    calls += 1;
    return hold(rejectOnAbort(upstream(url.slice(TWILIO_URL.length)), signal));
  };
  const waitUntil = (work: Promise<unknown>) => {
    running += 1;
    void work.then(() => (running -= 1));
  };
  const { now, sleep } = clock;
  const sleepBeforeRetry: Sleep = (ms, signal) =>
    ms > RETRY_DELAY_MAX_MS ? sleep(ms, signal) : hold(sleep(ms, signal));
  const twilio = { baseUrl: TWILIO_URL, auth: basicAuth('SK', 'secret'), accountSid: undefined };
  const services = { now, sleep: sleepBeforeRetry, random: () => 0.5, staleOnUpstreamAuth: false };
  const log = { wants: () => false, write() {} };
  const edge = createEdge(config, source ?? createTwilioSource(twilio, fetch, services), {
    now,
    sleep,
    waitUntil,
    logger: log,
  });
  const matchRoute = createRouter(PUBLIC_URL, createCacheKeyBuilder(config.source?.scope ?? []));
  return {
    clock,
    request: (path, headers = NO_HEADERS) => edge.app({ method: 'GET', url: PUBLIC_URL + path, headers }),
    purge: async (path) =>
      edge.cache?.purge(matchRoute({ method: 'GET', url: path, headers: NO_HEADERS }).target?.key ?? ''),
    countCalls: () => calls,
    async settle() {
      for (;;) {
        if (running <= held) return;
        await nextTurn();
      }
    },
  };
}

/** Rejects as soon as the signal aborts, as `fetch` does. */
function rejectOnAbort<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
    work.then(resolve, reject);
  });
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** Creates a JSON response of Twilio. */
export function createTwilioResponse(text: string, status = 200): Response {
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}

const respondWithRecording: Upstream = async (path) => createTwilioResponse(serializeRecording(path));

/** Returns a header of a response; an empty string if it is missing. */
export function getHeader({ headers }: HttpResponse, headerName: string): string {
  return headers.find(([name]) => name === headerName)?.[1] ?? '';
}

/** Holds upstream calls until it opens. Calls to an open barrier are not held. */
export interface Barrier {
  readonly upstream: Upstream;
  open(): void;
  close(): void;
}

/** Creates a barrier. A held call receives the response of the time at which it was made. */
export function createBarrier(respond: Upstream = respondWithRecording): Barrier {
  const gate = new EventTarget();
  let isOpen = false;
  return {
    async upstream(path) {
      const response = respond(path);
      if (!isOpen) await new Promise((resolve) => gate.addEventListener('open', resolve, { once: true }));
      return response;
    },
    open() {
      isOpen = true;
      gate.dispatchEvent(new Event('open'));
    },
    close() {
      isOpen = false;
    },
  };
}
