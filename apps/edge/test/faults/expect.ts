import type { LogLine } from '../../src/log.ts';
import { equal, holds } from './case.ts';
import type { Failure, Row } from './row.ts';
import type { Way } from './state.ts';
import { SECRETS, type Came, type World } from './world.ts';

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

/** Expects the problem, and nothing of a recording. */
export function expectFailure({ status, headers, text }: Came, way: Way['name'], failure: Failure): void {
  equal('status', status, failure.status);
  equal('Content-Type', headers.get('content-type'), 'application/problem+json');
  equal('Retry-After', headers.get('retry-after'), failure.retryAfter?.toString() ?? null);
  equal('ETag', headers.get('etag'), null);
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
export function linesAboutSource({ lines }: World): readonly LogLine[] {
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

/** Expects that nothing secret left: not in an answer, not in the log. */
export function expectNoSecret({ lines }: World, answers: readonly Came[]): void {
  const left = JSON.stringify([lines, answers.map(({ headers, text }) => [[...headers], text])]);
  for (const secret of SECRETS) holds('nothing secret leaves', !left.includes(secret), left);
}
