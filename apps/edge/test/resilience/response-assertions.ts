import type { LogEntry } from '../../src/logging.ts';
import { equal, holds } from './fault-case.ts';
import type { Failure, Row } from './fault.ts';
import type { Way } from './cache-state.ts';
import type { Came, World } from './fault-harness.ts';

/** Expects the recording, in the form that was asked for. */
export function expectRecording(
  { status, headers, text }: Came,
  way: Way['name'],
  cacheStatus: RegExp,
): void {
  equal('status', status, way === 'If-None-Match' ? 304 : 200);
  const said = headers.get('cache-status') ?? '';
  holds(`Cache-Status is ${String(cacheStatus)}`, cacheStatus.test(said), said);
  equal('X-Content-Type-Options', headers.get('x-content-type-options'), 'nosniff');
  holds('there is an ETag', headers.get('etag')?.startsWith('W/"') === true, headers.get('etag'));
  if (way === 'GET') holds('the body is a recording', text.startsWith('{"account_sid":'), text);
  else equal('body', text, '');
}

/** Expects the problem, and nothing of a recording; of the answer to a HEAD the log alone says which problem it is. */
export function expectFailure(
  { status, headers, text, line }: Came,
  way: Way['name'],
  failure: Failure,
  cacheStatus: string,
): void {
  equal('status', status, failure.status);
  equal('Content-Type', headers.get('content-type'), 'application/problem+json');
  equal('Cache-Status', headers.get('cache-status'), cacheStatus);
  equal('Retry-After', headers.get('retry-after'), failure.retryAfter?.toString() ?? null);
  equal('ETag', headers.get('etag'), null);
  const logged = [line?.['error'], line?.['status'], line?.['cache']];
  equal('line of the log', logged, [failure.error, failure.status, cacheStatus]);
  if (way === 'HEAD') {
    equal('body', text, '');
    return;
  }
  // A problem document is an object, or else the next line says what it is not.
  const problem = JSON.parse(text) as Readonly<Record<string, unknown>>;
  equal('error', problem['error'], failure.error);
  equal('status in the body', problem['status'], failure.status);
  const { detail = '' } = failure;
  holds(`detail has "${detail}"`, String(problem['detail']).includes(detail), problem['detail']);
}

/** The lines of the log that tell of a read which failed. */
export function linesAboutSource({ lines }: World): readonly LogEntry[] {
  return lines.filter(({ upstream }) => upstream !== undefined);
}

/** Expects a line in the log for each read that failed, which says what failed and whether to wake someone. */
export function expectLogged(world: World, { effect, failure, orError }: Row): void {
  const lines = linesAboutSource(world).map(({ upstream, alarm = false }) => ({ upstream, alarm }));
  const isNone = failure === undefined || failure.status < 500 || (effect === 'open' && lines.length === 0);
  const error = lines[0]?.upstream === orError ? orError : failure?.error;
  equal('lines about the source', lines, isNone ? [] : [{ upstream: error, alarm: failure.alarm === true }]);
}

/** Expects that as many calls went out as a row allows, beside those before. */
export function expectCalls(world: World, before: number, [least, most]: Row['calls']): void {
  const calls = world.calls() - before;
  holds(`${least} to ${most} calls`, calls >= least && calls <= most, calls);
}

/** Expects that every call was given up, its connection closed, before more was taken of it than a row allows. */
export async function expectGivenUp(world: World, { takes }: Row): Promise<void> {
  if (takes === undefined) return;
  const taken = (await world.closedCalls()).filter(({ line }) => !line.startsWith('GET /good/'));
  for (const { bytes } of taken) holds(`at most ${takes} bytes are taken`, bytes <= takes, bytes);
}

/** What one answer has for itself, whoever asks. */
const OF_THE_MOMENT = new Set(['x-request-id', 'etag']);

/** Expects that HEAD was answered with the headers of GET (RFC 9110 §9.3.2); the ETags are of two recordings. */
export function expectSameHeaders(head: Came, get: Came): void {
  const list = ({ headers }: Came) => [...headers].filter(([name]) => !OF_THE_MOMENT.has(name));
  equal('status of HEAD', head.status, get.status);
  equal('headers of HEAD', list(head), list(get));
  equal('whether HEAD has an ETag', head.headers.has('etag'), get.headers.has('etag'));
}
