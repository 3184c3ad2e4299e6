import type * as Core from '@room-recordings/core';
import { firstDifference } from './diff.ts';
import { findSecret, type Inspector } from './find-secret.ts';
import { errorToJson } from './outcome.ts';
import type { CaseResult, CoreUnderTest } from './suite.ts';

const ROOM = 'RM00000000000000000000000000000001';
const RECORDING = 'RT00000000000000000000000000000001';
const USER = 'SK00000000000000000000000000000001';

/** Made here, because a runtime may show the line of source where an error began. */
const CANARY = ['canary', '7f3a9c51e0b2', 'sings'].join('-');

const TIMEOUT_MS = 5;

/** A way to hand the canary to a client. */
type MakeAuth = (core: CoreUnderTest) => Core.RecordingsAuth;

/** Every way, and the header that it has to come out as. */
const CREDENTIALS: readonly { readonly make: MakeAuth; readonly header: string }[] = [
  { make: (core) => core.basicAuth(USER, CANARY), header: `Basic ${btoa(`${USER}:${CANARY}`)}` },
  { make: (core) => core.basicAuth(CANARY, ''), header: `Basic ${btoa(`${CANARY}:`)}` },
  { make: (core) => core.bearerAuth(CANARY), header: `Bearer ${CANARY}` },
  { make: () => () => `Custom ${CANARY}`, header: `Custom ${CANARY}` },
];

const WAYS = CREDENTIALS.map(({ make }) => make);

type Send = (url: string, init: RequestInit) => Promise<Response>;

/** How a read fails while the client holds the canary. */
interface Failure {
  readonly name: string;
  readonly code: string;
  readonly send: Send;
  readonly sid?: string;
  /** Whether the caller ends the read. */
  readonly isEnded?: true;
  /** Other credentials than those that are well made. */
  readonly ways?: readonly MakeAuth[];
}

const answer =
  (status: number, body: string): Send =>
  async () =>
    new Response(body, { status });

const FAILURES: readonly Failure[] = [
  { name: 'a malformed SID', code: 'invalid_sid', sid: 'RT1', send: answer(200, '{}') },
  { name: 'a 401', code: 'unauthorized', send: answer(401, '{"code":20003,"message":"Authenticate"}') },
  {
    name: 'a network fault',
    code: 'network',
    send: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
  },
  {
    name: "a fault of the runtime's own fetch",
    code: 'network',
    send: (_, init) => fetch('nowhere:', init),
  },
  { name: 'a time-out', code: 'timeout', send: () => new Promise(() => undefined) },
  { name: 'a read that the caller ended', code: 'aborted', isEnded: true, send: answer(200, '{}') },
  {
    name: 'an answer about another recording',
    code: 'mismatch',
    send: answer(
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
  { name: 'an answer that is no recording', code: 'invalid_response', send: answer(200, '{"status":1}') },
  {
    name: 'a token with a line feed',
    code: 'invalid_request',
    send: answer(200, '{}'),
    ways: [
      (core) => core.bearerAuth(`${CANARY}\n`),
      (core) => core.bearerAuth(`${CANARY}\n${CANARY}`),
      () => () => `Custom ${CANARY}\r\nX-More: ${CANARY}`,
    ],
  },
];

const SENT = 'Credentials go into the Authorization header and nowhere else';
const CLIENT = 'No secret shows when a client or its options are inspected';

/** The rows that the canary makes. */
export const SECRET_LEAK_CASES: readonly string[] = [
  SENT,
  CLIENT,
  ...FAILURES.map(({ name }) => `No secret shows when the error of ${name} is inspected`),
];

/** Hands core a secret in every way there is, and looks for it in all that a log could show. */
export async function runSecretLeakCases(
  core: CoreUnderTest,
  inspectors: readonly Inspector[],
): Promise<readonly CaseResult[]> {
  const tasks = [
    () => Promise.all(CREDENTIALS.map(({ make, header }) => findInRequest(core, make(core), header))),
    () => Promise.all(WAYS.map((make) => findInClient(core, make(core), inspectors))),
    ...FAILURES.map((failure) => () => {
      const ways = failure.ways ?? WAYS;
      return Promise.all(ways.map((make) => findInError(core, make(core), failure, inspectors)));
    }),
  ];
  return Promise.all(SECRET_LEAK_CASES.map((name, index) => runCase(name, tasks[index])));
}

async function runCase(name: string, task: (() => Promise<unknown>) | undefined): Promise<CaseResult> {
  try {
    return { name, outcome: 'passed', came: await task?.() };
  } catch (fault) {
    return { name, outcome: 'failed', detail: fault instanceof Error ? fault.message : String(fault) };
  }
}

async function findInRequest(
  core: CoreUnderTest,
  auth: Core.RecordingsAuth,
  header: string,
): Promise<unknown> {
  const asked: unknown[] = [];
  const client = core.createRecordingsClient({
    retries: 0,
    auth,
    fetch: async (url, init) => {
      asked.push({ url, ...init, headers: Object.fromEntries(new Headers(init.headers)), signal: null });
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
  const difference = firstDifference([expected], asked, 'asked');
  if (difference !== undefined) throw new Error(difference);
  return asked;
}

async function findInClient(
  core: CoreUnderTest,
  auth: Core.RecordingsAuth,
  inspectors: readonly Inspector[],
): Promise<unknown> {
  const options: Core.RecordingsClientOptions = { retries: 0, auth, fetch: answer(404, '') };
  const client = core.createRecordingsClient(options);
  // Also after a read: it may leave something behind.
  await client.fetch(ROOM, RECORDING).catch(() => undefined);
  refuseSecret('the client', client, inspectors);
  refuseSecret('its options', options, inspectors);
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
    // A runtime's own fetch looks at the headers first, and says what it does not like.
    fetch: async (url, init) => {
      const headers = new Headers(init.headers);
      return failure.send(url, { ...init, headers });
    },
  });
  const signal = failure.isEnded === true ? AbortSignal.abort() : new AbortController().signal;
  const fault: unknown = await client.fetch(ROOM, failure.sid ?? RECORDING, { signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  refuseSecret('the error', fault, inspectors);
  if (!(fault instanceof core.RecordingsError)) throw new Error(`expected an error, got ${String(fault)}`);
  const error = errorToJson(fault);
  if (error.code !== failure.code) throw new Error(`expected ${failure.code}, got ${error.code}`);
  return error;
}

function refuseSecret(what: string, value: unknown, inspectors: readonly Inspector[]): void {
  const where = findSecret(value, CANARY, inspectors);
  if (where !== undefined) throw new Error(`the secret shows in ${what}, ${where}`);
}
