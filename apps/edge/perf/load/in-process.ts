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
import { recordingAt } from './recordings.ts';

const PUBLIC_URL = 'https://recordings.example.com';
const TWILIO_URL = 'https://video.twilio.com';

/** What Twilio answers a call of a path. */
export type Upstream = (path: string) => Promise<Response>;

/** An edge in this process, with all that stands between its door and Twilio, on a clock of its own. */
export interface InProcessEdge {
  readonly clock: FakeClock;
  /** Asks without making a Request. */
  ask(path: string, headers?: ReadonlyMap<string, string>): HttpResponse | Promise<HttpResponse>;
  purge(path: string): Promise<void>;
  /** How often Twilio was called. */
  calls(): number;
  /** Lets everything end that waits for neither the clock nor Twilio: a digest is made on a thread of its own. */
  settle(): Promise<void>;
}

/** How it is made. */
export interface InProcessOptions {
  /** Default: every recording is there. */
  readonly upstream?: Upstream;
  /** Stands in for Twilio and all the care for it. */
  readonly source?: RecordingSource;
  readonly variables?: Readonly<Record<string, string>>;
  readonly clock?: FakeClock;
}

/** Makes an edge with `ACCESS=public`; nothing is logged. */
export function startInProcess({
  upstream = answerFound,
  source,
  variables,
  clock = createFakeClock(),
}: InProcessOptions = {}): InProcessEdge {
  const settings = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'archive',
    ALLOWED_ORIGINS: '*',
    PUBLIC_URL,
    ...variables,
  });
  let calls = 0;
  let running = 0;
  // Of these, what waits for Twilio or for its second try, and so for somebody to open a barrier or to move the clock.
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
    return hold(untilAborted(upstream(url.slice(TWILIO_URL.length)), signal));
  };
  const waitUntil = (work: Promise<unknown>) => {
    running += 1;
    void work.then(() => (running -= 1));
  };
  const { now, sleep } = clock;
  const delayTry: Sleep = (ms, signal) =>
    ms > RETRY_DELAY_MAX_MS ? sleep(ms, signal) : hold(sleep(ms, signal));
  const twilio = { baseUrl: TWILIO_URL, auth: basicAuth('SK', 'secret'), accountSid: undefined };
  const outside = { now, sleep: delayTry, random: () => 0.5, staleOnUpstreamAuth: false };
  const log = { wants: () => false, write() {} };
  const edge = createEdge(settings, source ?? createTwilioSource(twilio, fetch, outside), {
    now,
    sleep,
    waitUntil,
    logger: log,
  });
  const findPlace = createRouter(PUBLIC_URL, createCacheKeyBuilder(settings.source?.scope ?? []));
  return {
    clock,
    ask: (path, headers = NO_HEADERS) => edge.app({ method: 'GET', url: PUBLIC_URL + path, headers }),
    purge: async (path) =>
      edge.cache?.purge(findPlace({ method: 'GET', url: path, headers: NO_HEADERS }).target?.key ?? ''),
    calls: () => calls,
    async settle() {
      for (;;) {
        if (running <= held) return;
        await nextTurn();
      }
    },
  };
}

/** As `fetch` is: who aborts it is not kept waiting. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
    work.then(resolve, reject);
  });
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** A recording as Twilio sends it. */
export function answerWith(text: string, status = 200): Response {
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}

const answerFound: Upstream = async (path) => answerWith(recordingAt(path));

/** A header of a reply; empty where it is not there. */
export function headerOf({ headers }: HttpResponse, wanted: string): string {
  return headers.find(([name]) => name === wanted)?.[1] ?? '';
}

/** Upstream calls that are held until it is opened; those that come afterwards go through. */
export interface Barrier {
  readonly upstream: Upstream;
  open(): void;
  close(): void;
}

/** Holds every call at Twilio, and answers by what is true when it came in. */
export function makeBarrier(answer: Upstream = answerFound): Barrier {
  const gate = new EventTarget();
  let isOpen = false;
  return {
    async upstream(path) {
      const answered = answer(path);
      if (!isOpen) await new Promise((resolve) => gate.addEventListener('open', resolve, { once: true }));
      return answered;
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
