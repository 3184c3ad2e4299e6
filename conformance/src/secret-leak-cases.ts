import type * as Core from '@room-recordings/core';
import { firstDifference } from './diff.ts';
import { findSecret, type Inspector } from './find-secret.ts';
import { errorToJson } from './outcome.ts';
import type { CaseResult, CoreUnderTest } from './suite.ts';

const ROOM = 'RM00000000000000000000000000000001';
const RECORDING = 'RT00000000000000000000000000000001';
const USER = 'SK00000000000000000000000000000001';

/** Joined at run time, because a runtime may print the source line of an error. */
const SECRET = ['secret', '7f3a9c51e0b2', 'value'].join('-');

const TIMEOUT_MS = 5;

/** Creates credentials with the secret. */
type MakeAuth = (core: CoreUnderTest) => Core.RecordingsAuth;

/** All kinds of credentials, and the expected header of each. */
const CREDENTIALS: readonly { readonly make: MakeAuth; readonly header: string }[] = [
  { make: (core) => core.basicAuth(USER, SECRET), header: `Basic ${btoa(`${USER}:${SECRET}`)}` },
  { make: (core) => core.basicAuth(SECRET, ''), header: `Basic ${btoa(`${SECRET}:`)}` },
  { make: (core) => core.bearerAuth(SECRET), header: `Bearer ${SECRET}` },
  { make: () => () => `Custom ${SECRET}`, header: `Custom ${SECRET}` },
  { make: () => async () => `Async ${SECRET}`, header: `Async ${SECRET}` },
];

const ALL_AUTHS = CREDENTIALS.map(({ make }) => make);

type Send = (url: string, init: RequestInit) => Promise<Response>;

/** A read that fails while the client has the secret. */
interface Failure {
  readonly name: string;
  readonly code: string;
  readonly send: Send;
  readonly sid?: string;
  /** Whether the signal aborts the read. */
  readonly isAborted?: true;
  /** Invalid credentials to use in place of the valid ones. */
  readonly auths?: readonly MakeAuth[];
}

const respondWith =
  (status: number, body: string): Send =>
  async () =>
    new Response(body, { status });

const FAILURES: readonly Failure[] = [
  { name: 'a malformed SID', code: 'invalid_sid', sid: 'RT1', send: respondWith(200, '{}') },
  { name: 'a 401', code: 'unauthorized', send: respondWith(401, '{"code":20003,"message":"Authenticate"}') },
  {
    name: 'a network error',
    code: 'network',
    send: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
  },
  {
    name: "an error of the runtime's own fetch",
    code: 'network',
    send: (_, init) => fetch('nowhere:', init),
  },
  { name: 'a timeout', code: 'timeout', send: () => new Promise(() => undefined) },
  { name: 'an aborted read', code: 'aborted', isAborted: true, send: respondWith(200, '{}') },
  {
    name: 'a response about another recording',
    code: 'mismatch',
    send: respondWith(
      200,
      JSON.stringify({
        status: 'completed',
        type: 'audio',
        container_format: 'mka',
        codec: 'opus',
        sid: `${RECORDING.slice(0, -1)}2`,
        room_sid: ROOM,
      }),
    ),
  },
  {
    name: 'a response that is not a recording',
    code: 'invalid_response',
    send: respondWith(200, '{"status":1}'),
  },
  {
    name: 'a token with a line feed',
    code: 'invalid_request',
    send: respondWith(200, '{}'),
    auths: [
      (core) => core.bearerAuth(`${SECRET}\n`),
      (core) => core.bearerAuth(`${SECRET}\n${SECRET}`),
      () => () => `Custom ${SECRET}\r\nX-More: ${SECRET}`,
    ],
  },
];

const SENT = 'Credentials are sent in the Authorization header only';
const CLIENT = 'A client and its options do not show a secret';

/** The names of the cases. */
export const SECRET_LEAK_CASES: readonly string[] = [
  SENT,
  CLIENT,
  ...FAILURES.map(({ name }) => `The error after ${name} does not show a secret`),
];

/** Runs core with a secret in all kinds of credentials, and searches the secret in all output that a log can contain. */
export async function runSecretLeakCases(
  core: CoreUnderTest,
  inspectors: readonly Inspector[],
): Promise<readonly CaseResult[]> {
  const tasks = [
    () => Promise.all(CREDENTIALS.map(({ make, header }) => findInRequest(core, make(core), header))),
    () => Promise.all(ALL_AUTHS.map((make) => findInClient(core, make(core), inspectors))),
    ...FAILURES.map((failure) => () => {
      const auths = failure.auths ?? ALL_AUTHS;
      return Promise.all(auths.map((make) => findInError(core, make(core), failure, inspectors)));
    }),
  ];
  return Promise.all(SECRET_LEAK_CASES.map((name, index) => runCase(name, tasks[index])));
}

async function runCase(name: string, task: (() => Promise<unknown>) | undefined): Promise<CaseResult> {
  try {
    return { name, outcome: 'passed', output: await task?.() };
  } catch (error) {
    return { name, outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function findInRequest(
  core: CoreUnderTest,
  auth: Core.RecordingsAuth,
  header: string,
): Promise<unknown> {
  const requests: unknown[] = [];
  const client = core.createRecordingsClient({
    retries: 0,
    auth,
    fetch: async (url, init) => {
      requests.push({ url, ...init, headers: Object.fromEntries(new Headers(init.headers)), signal: null });
      return new Response('', { status: 404 });
    },
  });
  await client.fetch(ROOM, RECORDING).catch(() => undefined);
  const expected = {
    url: `https://video.twilio.com/v1/Rooms/${ROOM}/Recordings/${RECORDING}`,
    headers: { accept: 'application/json', authorization: header },
    redirect: 'manual',
    cache: 'no-store',
    signal: null,
  };
  const difference = firstDifference([expected], requests, 'requests');
  if (difference !== undefined) throw new Error(difference);
  return requests;
}

async function findInClient(
  core: CoreUnderTest,
  auth: Core.RecordingsAuth,
  inspectors: readonly Inspector[],
): Promise<unknown> {
  const options: Core.RecordingsClientOptions = { retries: 0, auth, fetch: respondWith(404, '') };
  const client = core.createRecordingsClient(options);
  // After a read, because it may store state.
  await client.fetch(ROOM, RECORDING).catch(() => undefined);
  assertNoSecret('the client', client, inspectors);
  assertNoSecret('its options', options, inspectors);
  return { client: Object.keys(client), options: Object.keys(options) };
}

async function findInError(
  core: CoreUnderTest,
  auth: Core.RecordingsAuth,
  failure: Failure,
  inspectors: readonly Inspector[],
): Promise<unknown> {
  const client = core.createRecordingsClient({
    retries: 0,
    timeoutMs: failure.code === 'timeout' ? TIMEOUT_MS : 10_000,
    auth,
    // The fetch of a runtime validates the headers first, and its error may contain them.
    fetch: async (url, init) => {
      const headers = new Headers(init.headers);
      return failure.send(url, { ...init, headers });
    },
  });
  const signal = failure.isAborted === true ? AbortSignal.abort() : new AbortController().signal;
  const thrown: unknown = await client.fetch(ROOM, failure.sid ?? RECORDING, { signal }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assertNoSecret('the error', thrown, inspectors);
  if (!(thrown instanceof core.RecordingsError)) throw new Error(`expected an error, got ${String(thrown)}`);
  const error = errorToJson(thrown);
  if (error.code !== failure.code) throw new Error(`expected ${failure.code}, got ${error.code}`);
  return error;
}

function assertNoSecret(what: string, value: unknown, inspectors: readonly Inspector[]): void {
  const place = findSecret(value, SECRET, inspectors);
  if (place !== undefined) throw new Error(`${what} shows the secret ${place}`);
}
