import type { LoggedEntry } from '../support/in-process-edge.ts';
import { equal, holds } from '@room-recordings/testing/cases';
import type { Failure, Row } from './fault.ts';
import type { Way } from './cache-state.ts';
import type { Came, World } from './fault-harness.ts';

/** Expects the recording, in the form that was asked for. */
export function expectRecording(
  { status, headers, text }: Came,
  way: Way['name'],
  cacheStatus: RegExp,
): void {
  equal(status, way === 'If-None-Match' ? 304 : 200, 'status');
  const said = headers.get('cache-status') ?? '';
  holds(cacheStatus.test(said), `Cache-Status is ${String(cacheStatus)}`, said);
  equal(headers.get('x-content-type-options'), 'nosniff', 'X-Content-Type-Options');
  holds(headers.get('etag')?.startsWith('W/"') === true, 'there is an ETag', headers.get('etag'));
  if (way === 'GET') holds(text.startsWith('{"account_sid":'), 'the body is a recording', text);
  else equal(text, '', 'body');
}

/** Expects the problem, and nothing of a recording; of the answer to a HEAD the log alone says which problem it is. */
export function expectFailure(
  { status, headers, text, line }: Came,
  way: Way['name'],
  failure: Failure,
  cacheStatus: string,
): void {
  equal(status, failure.status, 'status');
  equal(headers.get('content-type'), 'application/problem+json', 'Content-Type');
  equal(headers.get('cache-status'), cacheStatus, 'Cache-Status');
  equal(headers.get('retry-after'), failure.retryAfter?.toString() ?? null, 'Retry-After');
  equal(headers.get('etag'), null, 'ETag');
  const logged = [line?.['code'], line?.['status'], line?.['cache_status']];
  equal(logged, [failure.error, failure.status, cacheStatus], 'line of the log');
  if (way === 'HEAD') {
    equal(text, '', 'body');
    return;
  }
  // A problem document is an object, or else the next line says what it is not.
  const problem = JSON.parse(text) as Readonly<Record<string, unknown>>;
  equal(problem['error'], failure.error, 'error');
  equal(problem['status'], failure.status, 'status in the body');
  const { detail = '' } = failure;
  holds(String(problem['detail']).includes(detail), `detail has "${detail}"`, problem['detail']);
}

/** The lines of the log that tell of a read which failed. */
export function linesAboutSource({ lines }: World): readonly LoggedEntry[] {
  return lines.filter(({ event }) => event === 'upstream.read_failed');
}

/** Expects a line in the log for each read that failed, which says what failed and whether to wake someone. */
export function expectLogged(world: World, { effect, failure, orError }: Row): void {
  const lines = linesAboutSource(world).map(({ code, alert = false }) => ({ code, alert }));
  const isNone = failure === undefined || failure.status < 500 || (effect === 'open' && lines.length === 0);
  const error = lines[0]?.code === orError ? orError : failure?.error;
  equal(lines, isNone ? [] : [{ code: error, alert: failure.alarm === true }], 'lines about the source');
}

/** Expects that as many calls went out as a row allows, beside those before. */
export function expectCalls(world: World, before: number, [least, most]: Row['calls']): void {
  const calls = world.calls() - before;
  holds(calls >= least && calls <= most, `${least} to ${most} calls`, calls);
}

/** Expects that every call was given up, its connection closed, before more was taken of it than a row allows. */
export async function expectGivenUp(world: World, { takes }: Row): Promise<void> {
  if (takes === undefined) return;
  const taken = (await world.closedCalls()).filter(({ line }) => !line.startsWith('GET /good/'));
  for (const { bytes } of taken) holds(bytes <= takes, `at most ${takes} bytes are taken`, bytes);
}

/** What one answer has for itself, whoever asks. */
const OF_THE_MOMENT = new Set(['x-request-id', 'etag']);

/** Expects that HEAD was answered with the headers of GET (RFC 9110 §9.3.2); the ETags are of two recordings. */
export function expectSameHeaders(head: Came, get: Came): void {
  const list = ({ headers }: Came) => [...headers].filter(([name]) => !OF_THE_MOMENT.has(name));
  equal(head.status, get.status, 'status of HEAD');
  equal(list(head), list(get), 'headers of HEAD');
  equal(head.headers.has('etag'), get.headers.has('etag'), 'whether HEAD has an ETag');
}
