import { equal, holds } from '@room-recordings/testing/cases';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import {
  API_KEY,
  API_SECRET,
  CLIENT_SECRET,
  createFaultHarness,
  type FaultHarness,
  type HarnessOptions,
  type ReceivedResponse,
} from './fault-harness.ts';
import type { CacheState, Failure, Fault, FaultCase, FaultContext, RequestKind } from './fault.ts';

/** The parts of a case, apart from its proof. */
export interface CaseSubject {
  /** A clause that completes the case's name. */
  readonly title: string;
  readonly state: CacheState;
  readonly kind: RequestKind;
  /** Whether the Cache API of the runtime is behind the memory. Default: false. */
  readonly hasCacheApi?: boolean;
}

/** Creates a case that runs a proof in a harness of its own, and asserts that no secret leaves the edge. */
export function createCase(
  { title, state, kind, hasCacheApi = false }: CaseSubject,
  prove: (harness: FaultHarness, context: FaultContext) => Promise<void>,
  options: HarnessOptions = {},
): FaultCase {
  return {
    state: state.name,
    kind: kind.name,
    hasCacheApi,
    name: `${title} (${kind.name}, cache ${state.name}${hasCacheApi ? ', with the Cache API' : ''})`,
    async run(context) {
      const { origins, cacheApi } = context;
      if (hasCacheApi && cacheApi === undefined) throw new Error('This runtime has no Cache API.');
      const harness = createFaultHarness(origins, hasCacheApi ? { ...options, cacheApi } : options);
      await prove(harness, context);
      await expectNoSecrets(harness);
    },
  };
}

/** Stores the recording, advances the time to a state, and returns the ETag; `*` for the empty state. */
export async function enterState(harness: FaultHarness, { age }: CacheState): Promise<string> {
  if (age === undefined) return '*';
  const { headers } = await harness.request();
  await harness.settle();
  harness.clock.skip(age * 1000);
  return headers.get('etag') ?? '';
}

/** Asserts that a response is the recording, or 304 for a request with If-None-Match. */
export function expectRecording(
  { status, headers, text }: ReceivedResponse,
  kind: RequestKind['name'],
  cacheStatus: RegExp,
): void {
  equal(status, kind === 'If-None-Match' ? 304 : 200, 'status');
  const actual = headers.get('cache-status') ?? '';
  holds(cacheStatus.test(actual), `Cache-Status is ${String(cacheStatus)}`, actual);
  equal(headers.get('x-content-type-options'), 'nosniff', 'X-Content-Type-Options');
  holds(headers.get('etag')?.startsWith('W/"') === true, 'ETag', headers.get('etag'));
  if (kind === 'GET') holds(text.startsWith('{"account_sid":'), 'the body is a recording', text);
  else equal(text, '', 'body');
}

/** Asserts that a response is a problem without a part of a recording. A HEAD is compared with the log entry alone. */
export function expectFailure(
  { status, headers, text, logEntry }: ReceivedResponse,
  kind: RequestKind['name'],
  failure: Failure,
  cacheStatus: string,
): void {
  equal(status, failure.status, 'status');
  equal(headers.get('content-type'), 'application/problem+json', 'Content-Type');
  equal(headers.get('cache-status'), cacheStatus, 'Cache-Status');
  equal(headers.get('retry-after'), failure.retryAfter?.toString() ?? null, 'Retry-After');
  equal(headers.get('etag'), null, 'ETag');
  const logged = [logEntry?.['code'], logEntry?.['status'], logEntry?.['cache_status']];
  equal(logged, [failure.error, failure.status, cacheStatus], 'log entry');
  if (kind === 'HEAD') {
    equal(text, '', 'body');
    return;
  }
  // A problem document is an object, or the next assertion reports the difference.
  const problem = JSON.parse(text) as Readonly<Record<string, unknown>>;
  equal(problem['error'], failure.error, 'error');
  equal(problem['status'], failure.status, 'status in the body');
  const { detail = '' } = failure;
  holds(String(problem['detail']).includes(detail), `detail contains "${detail}"`, problem['detail']);
}

/** Returns the failure of a fault; if the `fetch` of the runtime decides, the one that a response has. */
export function findFailure(
  { name, failure, alternativeError }: Fault,
  response?: ReceivedResponse,
): Failure {
  if (failure === undefined) throw new Error(`The fault "${name}" has no failure.`);
  const error = response?.logEntry?.['code'];
  const isAlternative = alternativeError !== undefined && error === alternativeError;
  return isAlternative ? { ...failure, error: alternativeError } : failure;
}

/** Returns the log entries of failed reads. */
export function findUpstreamEntries({ logEntries }: FaultHarness): readonly LoggedEntry[] {
  return logEntries.filter(({ event }) => event === 'upstream.read_failed');
}

/** Asserts that each failed read has one log entry with its error and whether it is an alert. */
export function expectLogged(harness: FaultHarness, { effect, failure, alternativeError }: Fault): void {
  const entries = findUpstreamEntries(harness).map(({ code, alert = false }) => ({ code, alert }));
  const isEmpty =
    failure === undefined || failure.status < 500 || (effect === 'varies' && entries.length === 0);
  const error = entries[0]?.code === alternativeError ? alternativeError : failure?.error;
  const expected = isEmpty ? [] : [{ code: error, alert: failure.isAlert === true }];
  equal(entries, expected, 'log entries of the upstream');
}

/** Asserts that the number of calls since `before` is one that a fault allows. */
export function expectCalls(harness: FaultHarness, before: number, [min, max]: Fault['calls']): void {
  const calls = harness.calls() - before;
  holds(calls >= min && calls <= max, `${min} to ${max} calls`, calls);
}

/** Asserts that the edge has closed the connection of every call before it read more than a fault allows. */
export async function expectAborted(harness: FaultHarness, { maxBytes }: Fault): Promise<void> {
  if (maxBytes === undefined) return;
  const closed = (await harness.fetchClosedCalls()).filter(({ line }) => !line.startsWith('GET /good/'));
  for (const { bytes } of closed) holds(bytes <= maxBytes, `at most ${maxBytes} bytes are read`, bytes);
}

/** The headers that differ between two responses. */
const PER_RESPONSE_HEADERS = new Set(['x-request-id', 'etag']);

/** Asserts that HEAD has the headers of GET (RFC 9110 §9.3.2). The two ETags are of two recordings. */
export function expectSameHeaders(head: ReceivedResponse, get: ReceivedResponse): void {
  const list = ({ headers }: ReceivedResponse) =>
    [...headers].filter(([name]) => !PER_RESPONSE_HEADERS.has(name));
  equal(head.status, get.status, 'status of HEAD');
  equal(list(head), list(get), 'headers of HEAD');
  equal(head.headers.has('etag'), get.headers.has('etag'), 'whether HEAD has an ETag');
}

const AUTHORIZATION = `Basic ${btoa(`${API_KEY}:${API_SECRET}`)}`;

/** The texts that must not leave the edge. The padding of the base64 is not part of a secret. */
const SECRETS: readonly string[] = [API_SECRET, AUTHORIZATION.slice(6).replace(/=+$/, ''), CLIENT_SECRET];

/** The headers of a call: those of the edge, and those that the `fetch` of a runtime adds. */
const CALL_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'authorization',
  'host',
  'connection',
  'user-agent',
  'accept-encoding',
  'accept-language',
  'sec-fetch-mode',
  // The zone of a Worker.
  'cf-worker',
]);

/**
 * Asserts that no response and no log entry contains a secret, although the fake Twilio echoes the credentials, and that each call has the
 * configured credentials and nothing of the client's.
 */
export async function expectNoSecrets(harness: FaultHarness): Promise<void> {
  const responses = harness.responses.map(({ reason, headers, text }) => [reason, [...headers], text]);
  const output = JSON.stringify([harness.logEntries, responses]);
  for (const secret of SECRETS) holds(!output.includes(secret), 'no secret leaves the edge', output);
  for (const { line, headers } of await harness.fetchCallLog()) {
    const pairs = headers.map((header) => {
      const [name = '', ...value] = header.split(': ');
      return [name.toLowerCase(), value.join(': ')] as const;
    });
    const credentials = pairs.filter(([name]) => name === 'authorization').map(([, value]) => value);
    equal(credentials, [AUTHORIZATION], `Authorization of ${line}`);
    const others = pairs.filter(([name]) => !CALL_HEADERS.has(name));
    equal(others, [], `other headers of ${line}`);
    const call = JSON.stringify([line, headers]);
    holds(!call.includes(CLIENT_SECRET), 'no secret of the client is sent to Twilio', call);
  }
}
