import type { FetchFunction } from '../../src/http/types.ts';
import type { CacheApi } from '@room-recordings/http-cache';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge, type Edge } from '../../src/create-edge.ts';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { createCacheKeyBuilder } from '../../src/recordings/tiered-store.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { openNetwork, type Network } from './fake-network.ts';
import type { Addresses } from './fault.ts';
import { CREDENTIALS, READER } from './credentials.ts';

const PUBLIC_URL = 'https://recordings.example.com';

/** What every reader sends beside their own: all of it is theirs, and nothing of it Twilio's. */
const READER_FIELDS: Readonly<Record<string, string>> = {
  Authorization: `Bearer ${READER}`,
  Cookie: `session=${READER}`,
  'X-Forwarded-For': `192.0.2.7, ${READER}`,
  'X-Request-Id': READER,
  Traceparent: `00-${READER}`,
};

const pathOf = (sid: string): string => `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/${sid}`;

/** An answer, read up. */
export interface Came {
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  readonly headers: Headers;
  readonly text: string;
  /** What the log says of it. */
  readonly line: LoggedEntry | undefined;
}

/** What a world may have beside what all have. */
export interface WorldOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** The Cache API behind the memory. */
  readonly cacheApi?: CacheApi | undefined;
}

/** An edge with a clock of its own, before a Twilio that is good until it is told otherwise. */
export interface World extends Edge, Omit<Network, 'fetch'> {
  readonly clock: FakeClock;
  readonly lines: readonly LoggedEntry[];
  /** All that was answered. */
  readonly answers: readonly Came[];
  /** The recording of this world. */
  readonly sid: string;
  readonly hasCacheApi: boolean;
  /** Another world of the same kind. */
  twin(): World;
  /** How many calls went out. */
  calls(): number;
  /** Whether there was a pause before a second try. */
  hasRetried(): boolean;
  /** Asks for the recording, or another one. */
  ask(init?: RequestInit, sid?: string): Promise<Came>;
  /** Asks an isolate that has a memory of its own, shares the Cache API, and whose Twilio is out of order. */
  askNeighbour(init?: RequestInit): Promise<Came>;
  /** Invalidates the recording. */
  purge(): Promise<void>;
  /** Waits for what runs behind an answer. */
  settle(): Promise<void>;
  /** The work behind answers that has not been waited for. */
  readonly background: Promise<unknown>[];
}

/** A SID that no other world asks for, in whatever process. */
export function freshSid(): string {
  return `RT${crypto.randomUUID().replaceAll('-', '')}`;
}

/** Makes one; each has a recording of its own, so that they can share the fake Twilio. */
export function makeWorld(addresses: Addresses, options: WorldOptions = {}): World {
  const { variables, cacheApi } = options;
  const sid = freshSid();
  const clock = createFakeClock();
  const lines: LoggedEntry[] = [];
  const answers: Came[] = [];
  const background: Promise<unknown>[] = [];
  const { fetch, ...network } = openNetwork(addresses, sid);
  const settings = parseConfig({
    ...CREDENTIALS,
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
    TWILIO_BASE_URL: addresses.twilio,
    PUBLIC_URL,
    ...variables,
  });
  if (settings.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const { source } = settings;
  const { now } = clock;
  let hasRetried = false;
  // The pause before a second try is the only wait of this length, and nobody needs to see it.
  const sleep: FakeClock['sleep'] = async (ms, signal) => {
    if (ms !== 150) return clock.sleep(ms, signal);
    hasRetried = true;
    clock.skip(ms);
  };

  function startIsolate(
    reach: FetchFunction,
    log: LoggedEntry[],
  ): Edge & { ask(path: string, init: RequestInit): Promise<Came> } {
    const outside = { now, sleep, random: () => 0.5, staleOnUpstreamAuth: settings.staleOnUpstreamAuth };
    const edge = createEdge(settings, createTwilioSource(source, reach, outside), {
      now,
      sleep,
      cacheApi,
      waitUntil: (work) => void background.push(work),
      logger: { wants: () => true, write: (line) => log.push(line) },
    });
    const answer = createFetchHandler(edge.app);
    return {
      ...edge,
      async ask(path, init) {
        const headers = new Headers({ ...READER_FIELDS, ...Object.fromEntries(new Headers(init.headers)) });
        const response = await answer(new Request(PUBLIC_URL + path, { ...init, headers }));
        const requestId = response.headers.get('x-request-id');
        const came: Came = {
          status: response.status,
          reason: response.statusText,
          headers: response.headers,
          text: await response.text(),
          line: log.findLast(({ request_id }) => request_id === requestId),
        };
        answers.push(came);
        return came;
      },
    };
  }

  const edge = startIsolate(fetch, lines);
  const outOfOrder: FetchFunction = () => Promise.resolve(new Response(null, { status: 501 }));
  let neighbour: ReturnType<typeof startIsolate> | undefined;
  return {
    ...network,
    app: edge.app,
    cache: edge.cache,
    clock,
    lines,
    answers,
    sid,
    hasCacheApi: cacheApi !== undefined,
    twin: () => makeWorld(addresses, options),
    background,
    calls: () => network.seen.count('request'),
    hasRetried: () => hasRetried,
    async purge() {
      const route = matchRoute(pathOf(sid));
      if (route?.name !== 'recording' || route.id === undefined)
        throw new Error('The world has no recording.');
      await edge.cache?.purge(createCacheKeyBuilder(source.scope)(route.id, PUBLIC_URL));
    },
    ask: (init = {}, asked = sid) => edge.ask(pathOf(asked), init),
    askNeighbour: (init = {}) => (neighbour ??= startIsolate(outOfOrder, [])).ask(pathOf(sid), init),
    async settle() {
      while (background.length > 0) await background.shift();
    },
  };
}
