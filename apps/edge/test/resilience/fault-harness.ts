import type { CacheApi } from '@room-recordings/http-cache';
import { createStepCounter, type StepCounter } from '@room-recordings/testing/deferred';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import type { LoggedCall } from '@room-recordings/testing/fake-twilio';
import { CUED_MISBEHAVIOURS, KEEP_ALIVE_MISBEHAVIOURS } from '@room-recordings/testing/misbehaviour';
import type { UpstreamOrigins } from '@room-recordings/testing/upstreams';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge, type Edge } from '../../src/create-edge.ts';
import type { FetchFunction } from '../../src/http/types.ts';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { createCacheKeyBuilder } from '../../src/recordings/tiered-store.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import type { CallStep, Misbehaviour } from './fault.ts';

const PUBLIC_URL = 'https://recordings.example.com';

/** The credentials of the edge at Twilio. */
export const API_KEY = 'SK5f3e9a';
export const API_SECRET = 'canary-5f3e9a';

/** A secret of the client, which the edge must not send to Twilio, in a response or to the log. */
export const CLIENT_SECRET = 'client-1c8d07';

/** The headers of every client. */
const CLIENT_HEADERS: Readonly<Record<string, string>> = {
  Authorization: `Bearer ${CLIENT_SECRET}`,
  Cookie: `session=${CLIENT_SECRET}`,
  'X-Forwarded-For': `192.0.2.7, ${CLIENT_SECRET}`,
  'X-Request-Id': CLIENT_SECRET,
  Traceparent: `00-${CLIENT_SECRET}`,
};

/** The milliseconds until a control request is aborted: a connection that is never closed fails its case. */
const CONTROL_TIMEOUT_MS = 5_000;

/** A response with its body and its log entry. */
export interface ReceivedResponse {
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  readonly headers: Headers;
  readonly text: string;
  readonly logEntry: LoggedEntry | undefined;
}

/** Differences from the default harness. */
export interface HarnessOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** The Cache API behind the memory. */
  readonly cacheApi?: CacheApi | undefined;
}

/** An edge with a fake clock, in front of a fake Twilio that works until `misbehave` is called. */
export interface FaultHarness extends Pick<Edge, 'cache'> {
  readonly clock: FakeClock;
  readonly logEntries: readonly LoggedEntry[];
  readonly responses: readonly ReceivedResponse[];
  readonly hasCacheApi: boolean;
  /** The steps of the calls, as the edge has seen them. */
  readonly steps: StepCounter<CallStep>;
  /** The work in the background that nothing has awaited yet. */
  readonly background: Promise<unknown>[];
  /** Selects the misbehaviour of all further calls, or a function that selects it for each call; undefined works. */
  misbehave(next: Misbehaviour | (() => Misbehaviour) | undefined): void;
  /** Lets the misbehaviour of a call continue. */
  cue(): Promise<void>;
  /** Returns the calls for the recording that have reached the fake Twilio. */
  fetchCallLog(): Promise<readonly LoggedCall[]>;
  /** Returns the same when all their connections are closed. */
  fetchClosedCalls(): Promise<readonly LoggedCall[]>;
  /** Returns another harness with the same options. */
  createTwin(): FaultHarness;
  /** Returns the number of calls that the edge has sent. */
  calls(): number;
  /** Returns whether the edge has waited before a retry. */
  hasRetried(): boolean;
  /** Requests the recording of this harness, or another one. */
  request(init?: RequestInit, sid?: string): Promise<ReceivedResponse>;
  /** Requests the recording from an isolate with its own memory, the same Cache API, and a Twilio that fails. */
  requestFromNeighbour(init?: RequestInit): Promise<ReceivedResponse>;
  /** Purges the recording from the cache. */
  purge(): Promise<void>;
  /** Waits for the work in the background. */
  settle(): Promise<void>;
}

/** Returns a SID that no other harness uses, in any process. */
export function createSid(): string {
  return `RT${crypto.randomUUID().replaceAll('-', '')}`;
}

const toPath = (sid: string): string => `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/${sid}`;

/** Creates a harness. Each has its own recording, so all can share one fake Twilio. */
export function createFaultHarness(origins: UpstreamOrigins, options: HarnessOptions = {}): FaultHarness {
  const { variables, cacheApi } = options;
  const recordingSid = createSid();
  const clock = createFakeClock();
  const logEntries: LoggedEntry[] = [];
  const responses: ReceivedResponse[] = [];
  const background: Promise<unknown>[] = [];
  const steps = createStepCounter<CallStep>();
  let selectMisbehaviour: () => Misbehaviour = () => 'good';
  const config = parseConfig({
    TWILIO_API_KEY: API_KEY,
    TWILIO_API_SECRET: API_SECRET,
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
    TWILIO_BASE_URL: origins.twilio,
    PUBLIC_URL,
    ...variables,
  });
  if (config.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const { source } = config;
  const { now } = clock;
  let hasRetried = false;
  // Only the delay before a retry has this length, and the tests do not observe it.
  const sleep: FakeClock['sleep'] = async (ms, signal) => {
    if (ms !== 150) return clock.sleep(ms, signal);
    hasRetried = true;
    clock.skip(ms);
  };

  const control = async (action: 'cue' | 'log' | 'closed'): Promise<string> => {
    const method = action === 'cue' ? 'POST' : 'GET';
    const signal = AbortSignal.timeout(CONTROL_TIMEOUT_MS);
    return (await fetch(`${origins.twilio}/${action}/${recordingSid}`, { method, signal })).text();
  };
  const fetchLog = async (action: 'log' | 'closed'): Promise<readonly LoggedCall[]> =>
    // Only the fake Twilio writes this log.
    JSON.parse(await control(action)) as readonly LoggedCall[];

  /** Sends a call of the edge to the origin of the selected misbehaviour, by the `fetch` of the runtime. */
  const fetchFromTwilio: FetchFunction = async (url, init) => {
    const misbehaviour = selectMisbehaviour();
    steps.add('request');
    const response = await fetch(findOrigin(origins, misbehaviour) + url.slice(origins.twilio.length), init);
    if (typeof misbehaviour === 'string' && CUED_MISBEHAVIOURS.has(misbehaviour)) await control('cue');
    steps.add('headers');
    return misbehaviour === 'trickle' ? countChunks(response, steps) : response;
  };

  function startIsolate(
    fetch: FetchFunction,
    entries: LoggedEntry[],
  ): Edge & { request(path: string, init: RequestInit): Promise<ReceivedResponse> } {
    const { staleOnUpstreamAuth } = config;
    const services = { now, sleep, random: () => 0.5, staleOnUpstreamAuth };
    const edge = createEdge(config, createTwilioSource(source, fetch, services), {
      now,
      sleep,
      cacheApi,
      waitUntil: (work) => void background.push(work),
      logger: { wants: () => true, write: (entry) => entries.push(entry) },
    });
    const handle = createFetchHandler(edge.app);
    return {
      ...edge,
      async request(path, init) {
        const headers = new Headers({ ...CLIENT_HEADERS, ...Object.fromEntries(new Headers(init.headers)) });
        const response = await handle(new Request(PUBLIC_URL + path, { ...init, headers }));
        const requestId = response.headers.get('x-request-id');
        const received: ReceivedResponse = {
          status: response.status,
          reason: response.statusText,
          headers: response.headers,
          text: await response.text(),
          logEntry: entries.findLast(({ request_id }) => request_id === requestId),
        };
        responses.push(received);
        return received;
      },
    };
  }

  const edge = startIsolate(fetchFromTwilio, logEntries);
  const fail: FetchFunction = () => Promise.resolve(new Response(null, { status: 501 }));
  let neighbour: ReturnType<typeof startIsolate> | undefined;
  return {
    cache: edge.cache,
    clock,
    logEntries,
    responses,
    hasCacheApi: cacheApi !== undefined,
    steps,
    background,
    misbehave(next = 'good') {
      selectMisbehaviour = typeof next === 'function' ? next : () => next;
    },
    cue: async () => void (await control('cue')),
    fetchCallLog: () => fetchLog('log'),
    fetchClosedCalls: () => fetchLog('closed'),
    createTwin: () => createFaultHarness(origins, options),
    calls: () => steps.count('request'),
    hasRetried: () => hasRetried,
    request: (init = {}, sid = recordingSid) => edge.request(toPath(sid), init),
    requestFromNeighbour: (init = {}) =>
      (neighbour ??= startIsolate(fail, [])).request(toPath(recordingSid), init),
    async purge() {
      const route = matchRoute(toPath(recordingSid));
      if (route?.name !== 'recording' || route.id === undefined) throw new Error('The path has no route.');
      await edge.cache?.purge(
        createCacheKeyBuilder(source.scope)({ kind: 'recording', id: route.id }, PUBLIC_URL),
      );
    },
    async settle() {
      while (background.length > 0) await background.shift();
    },
  };
}

function findOrigin(origins: UpstreamOrigins, misbehaviour: Misbehaviour): string {
  if (typeof misbehaviour !== 'string') return origins[misbehaviour.server];
  const { twilio, keepAliveTwilio } = origins;
  return `${KEEP_ALIVE_MISBEHAVIOURS.has(misbehaviour) ? keepAliveTwilio : twilio}/${misbehaviour}`;
}

/** Counts each chunk of a body. A cancelled body closes the connection at once, as it does without the counter. */
function countChunks(response: Response, steps: StepCounter<CallStep>): Response {
  const reader = response.body?.getReader();
  if (reader === undefined) return response;
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      steps.add('chunk');
      controller.enqueue(value);
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), response);
}
