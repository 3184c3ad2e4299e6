import { describe, expect, it } from 'vitest';
import { PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';
import { edgeBefore, fail, found, reset, sidOf, type Act } from './edge-before.ts';

const SID = sidOf(1);

/** What comes of asking again at once: the source is asked again, the answer was kept, or nobody may ask. */
type Again = 'asks' | 'kept' | 'paused';

/** What a reader gets, and what it costs. */
interface Outcome {
  readonly status: number;
  readonly error: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly calls: number;
  readonly again?: Again;
  readonly alarm?: true;
  /** A part of it. */
  readonly detail?: string;
}

const invalid: Outcome = { status: 502, error: 'upstream_invalid', calls: 1 };
const invalidAt = (path: string): Outcome => ({ ...invalid, detail: `${path}: expected ` });
const mismatch: Outcome = { status: 502, error: 'upstream_mismatch', calls: 1, alarm: true };
const refused: Outcome = { status: 502, error: 'upstream_auth', calls: 1, alarm: true, again: 'paused' };
const redirected: Outcome = { status: 502, error: 'upstream_redirect', calls: 1 };
const failed = (calls: number): Outcome => ({ status: 502, error: 'upstream_error', calls });
const late: Outcome = { status: 504, error: 'upstream_timeout', calls: 2 };
const limited = (retryAfter: number, calls = 1): Outcome => ({
  status: 503,
  error: 'upstream_rate_limited',
  retryAfter,
  calls,
  again: calls === 1 ? 'paused' : 'asks',
});
const unavailable = (retryAfter: number, calls = 1): Outcome => ({
  ...limited(retryAfter, calls),
  error: 'upstream_unavailable',
});

/** Says a text that is, or claims to be, a recording. */
const say =
  (text: string, type = 'application/json'): Act =>
  () =>
    new Response(text, { headers: { 'Content-Type': type } });

const recordingAsText = JSON.stringify({ ...RECORDING, sid: SID });

const redirect =
  (status: number): Act =>
  () =>
    new Response(null, { status, headers: { Location: 'https://evil.example/' } });

/** A status that only a runtime's own fetch gives out. */
const unheardOf =
  (status: number): Act =>
  async (sid) =>
    Object.defineProperty(await found()(sid), 'status', { value: status });

const ROWS: readonly (readonly [name: string, act: Act, outcome: Outcome])[] = [
  ['F10: JSON that ends early', say(recordingAsText.slice(0, -1)), invalid],
  ['F10: nothing', say(''), invalid],
  ['F10: a byte order mark', say(`\ufeff${recordingAsText}`), invalid],
  ['F10: NaN', say(recordingAsText.replace(/"size":\d+/, '"size":NaN')), invalid],
  ['F11: a page for maintenance', say('<html>Back soon', 'text/html'), invalid],
  ['F12: a sid that is null', found({ sid: null }), invalidAt('sid')],
  ['F12: no sid', found({ sid: undefined }), invalidAt('sid')],
  ['F12: a room_sid that is null', found({ room_sid: null }), invalidAt('room_sid')],
  ['F12: no status', found({ status: undefined }), invalidAt('status')],
  ['F12: a status of no documentation', found({ status: 'archived' }), invalidAt('status')],
  ['F12: a size that is a list', found({ size: [] }), invalidAt('size')],
  ['F13: another recording', found({ sid: sidOf(2) }), mismatch],
  ['F13: another room', found({ room_sid: `RM${'b'.repeat(32)}` }), mismatch],
  ['F13: another account', found({ account_sid: `AC${'b'.repeat(32)}` }), mismatch],
  ['F14: 401', fail(401, {}, 20003), refused],
  ['F14: 403', fail(403, {}, 20403), { status: 502, error: 'upstream_auth', calls: 1 }],
  ['F15: 404', fail(404, {}, 20404), { status: 404, error: 'not_found', calls: 1, again: 'kept' }],
  ...[408, 409, 425].map((status) => [`F17: ${status}`, fail(status), failed(2)] as const),
  ['F18: 410', fail(410), { status: 410, error: 'recording_deleted', calls: 1, again: 'kept' }],
  ['F20: 429 and Retry-After 7', fail(429, { 'Retry-After': '7' }), limited(7)],
  ['F20: 429 and an hour', fail(429, { 'Retry-After': '3600' }), limited(60)],
  ['F21: 429', fail(429), limited(5, 2)],
  ['F22: 500', fail(500), failed(2)],
  ['F23: 502', fail(502), failed(2)],
  ['F23: 504', fail(504), late],
  ['F24: 503', fail(503), unavailable(5, 2)],
  ['F24: 503 and Retry-After 7', fail(503, { 'Retry-After': '7' }), unavailable(7)],
  ['F24: 503 and an hour', fail(503, { 'Retry-After': '3600' }), unavailable(60)],
  ...[301, 302, 303, 307, 308].map((status) => [`F25: ${status}`, redirect(status), redirected] as const),
  ['F32: 206', found({}, { status: 206 }), invalid],
  ...[204, 205, 304].map(
    (status) => [`F32: ${status}`, () => new Response(null, { status }), invalid] as const,
  ),
  ...[99, 101, 103, 600, 999].map((status) => [`F32: ${status}`, unheardOf(status), invalid] as const),
  ...[520, 521, 523, 527, 530].map((status) => [`F39: ${status}`, fail(status), failed(2)] as const),
  ...[522, 524].map((status) => [`F39: ${status}`, fail(status), late] as const),
  ...[525, 526].map((status) => [`F39: ${status}`, fail(status), failed(1)] as const),
  ['F40: 70005', fail(403, {}, 70005), limited(60)],
  ['F01, F09: a connection that breaks before any byte', reset, failed(2)],
];

describe('where nothing is stored', () => {
  it.each(ROWS)('%s', async (_name, act, { status, error, retryAfter, calls, again = 'asks', ...more }) => {
    const edge = edgeBefore();
    edge.play(act);
    const came = await edge.ask(SID);
    expect(came.status).toBe(status);
    expect(came.body).toMatchObject({ error, status });
    expect(came.body['detail']).toContain(more.detail ?? '');
    expect(came.headers.get('Retry-After')).toBe(retryAfter?.toString() ?? null);
    expect(came.headers.get('Cache-Control') === 'no-store').toBe(again !== 'kept');
    expect(edge.calls).toHaveLength(calls);
    expect(edge.calls.every((init) => init.redirect === 'manual')).toBe(true);
    expect(edge.lines.filter(({ event }) => event === 'upstream.read_failed')).toMatchObject(
      status < 500 ? [] : [{ code: error, alert: more.alarm, attempts: calls }],
    );
    edge.play(found());
    const next = await edge.ask(SID);
    expect(edge.calls).toHaveLength(again === 'asks' ? calls + 1 : calls);
    expect(next.body['error']).toBe(again === 'asks' ? undefined : error);
  });

  it.each([
    [
      'F12: attributes of no documentation, and none of those that may be null',
      { extra: 1, duration: undefined },
    ],
    ['F12: integers as text', { size: '105956' }],
  ])('%s are no fault', async (_name, changes) => {
    const edge = edgeBefore();
    edge.play(found(changes));
    const { status, body } = await edge.ask(SID);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(Object.keys(RECORDING));
    expect(body).toMatchObject({ size: 105956, duration: 'duration' in changes ? null : 3 });
  });

  it('F19: a recording that says that it is deleted is answered as it is', async () => {
    const edge = edgeBefore();
    edge.play(found({ status: 'deleted' }));
    const { status, body, headers } = await edge.ask(SID);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'deleted',
      url: `${PUBLIC_URL}/v1/Rooms/${ROOM_SID}/Recordings/${SID}`,
    });
    expect(headers.get('Cache-Control')).toContain('max-age=');
  });

  it('F16: what was not there is found once its 404 has passed', async () => {
    const edge = edgeBefore();
    edge.play(fail(404));
    await edge.ask(SID);
    edge.play(found());
    edge.clock.skip(9_999);
    expect((await edge.ask(SID)).status).toBe(404);
    edge.clock.skip(1);
    expect((await edge.ask(SID)).status).toBe(200);
  });
});

describe('F14: refused credentials', () => {
  it('end what is stale, and are answered for thirty seconds without a call', async () => {
    const edge = edgeBefore();
    await edge.ask(SID);
    await edge.ask(sidOf(2));
    edge.clock.skip(1_000_000);
    edge.play(fail(401, {}, 20003));
    await edge.ask(sidOf(3));
    edge.play(fail(500));
    expect(await edge.ask(SID)).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    edge.clock.skip(29_999);
    expect(await edge.ask(sidOf(2))).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    expect(edge.calls).toHaveLength(3);
  });

  it('raise one alarm as their pause begins, and a line of the source for each read that was made', async () => {
    const edge = edgeBefore();
    const aboutSource = () => edge.lines.filter(({ event }) => event === 'upstream.read_failed');
    const askMany = (first: number, count: number) =>
      Promise.all(Array.from({ length: count }, (_, nth) => edge.ask(sidOf(first + nth))));
    edge.play(fail(401, {}, 20003));
    await askMany(0, 20);
    expect(aboutSource()).toHaveLength(20);
    expect(aboutSource()).toMatchObject(
      Array.from({ length: 20 }, () => ({ code: 'upstream_auth', upstream_status: 401, attempts: 1 })),
    );
    const refused = await askMany(100, 500);
    expect(refused.filter(({ status }) => status === 502)).toHaveLength(500);
    expect(edge.calls).toHaveLength(20);
    expect(aboutSource()).toHaveLength(20);
    expect(aboutSource().filter(({ alert }) => alert === true)).toMatchObject([{ twilio_code: 20003 }]);
    edge.clock.skip(30_000);
    await askMany(700, 2);
    expect(aboutSource().filter(({ alert }) => alert === true)).toHaveLength(2);
  });

  it('are not hidden by a minute that the source asked for', async () => {
    const edge = edgeBefore();
    await edge.ask(SID);
    edge.clock.skip(1_000_000);
    edge.play(async (sid) => fail(sid === sidOf(2) ? 429 : 401, { 'Retry-After': '60' })(sid));
    await Promise.all([edge.ask(sidOf(2)), edge.ask(sidOf(3))]);
    expect(await edge.ask(SID)).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    edge.clock.skip(30_000);
    expect(await edge.ask(sidOf(4))).toMatchObject({ body: { error: 'upstream_rate_limited' } });
    expect(edge.calls).toHaveLength(3);
  });
});

describe('F20: a pause that the source asked for', () => {
  it('is bridged by what is stale, and holds for every recording', async () => {
    const edge = edgeBefore();
    await edge.ask(SID);
    edge.clock.skip(1_000_000);
    edge.play(fail(429, { 'Retry-After': '7' }));
    await edge.ask(sidOf(2));
    edge.clock.skip(5_000);
    const stale = await edge.ask(SID);
    expect(stale.status).toBe(200);
    expect(stale.headers.get('Cache-Status')).toContain('detail=rate-limited');
    expect((await edge.ask(sidOf(3))).headers.get('Retry-After')).toBe('2');
    expect(edge.calls).toHaveLength(2);
  });
});

describe('F40: a flood of SIDs that lead nowhere', () => {
  it('costs twenty calls at once, and the next one when they are made up for', async () => {
    const edge = edgeBefore();
    edge.play(fail(404));
    const answers = await Promise.all(Array.from({ length: 100 }, (_, nth) => edge.ask(sidOf(nth))));
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(20);
    expect(answers.filter(({ body }) => body['error'] === 'overloaded')).toHaveLength(80);
    const refused = await edge.ask(sidOf(200));
    expect(refused).toMatchObject({ status: 503, body: { error: 'overloaded' } });
    expect(refused.headers.get('Retry-After')).toBe('4');
    edge.clock.skip(4_000);
    expect((await edge.ask(sidOf(200))).status).toBe(404);
    expect(edge.calls).toHaveLength(21);
  });
});
