import { describe, expect, it } from 'vitest';
import { PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';
import {
  createEdgeWithFakeTwilio,
  respondWithError,
  respondWithRecording,
  resetConnection,
  createSid,
  type TwilioBehaviour,
} from '../support/twilio-edge.ts';

const SID = createSid(1);

/** The effect of a second request at once: another call, the stored response, or an error without a call. */
type SecondRequest = 'calls' | 'stored' | 'blocked';

/** The response to a client, and the calls of Twilio for it. */
interface Expected {
  readonly status: number;
  readonly error: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly calls: number;
  readonly second?: SecondRequest;
  readonly alert?: true;
  /** A part of the problem detail. */
  readonly detail?: string;
}

const invalid: Expected = { status: 502, error: 'upstream_invalid', calls: 1 };
const invalidAt = (path: string): Expected => ({ ...invalid, detail: `${path}: expected ` });
const mismatch: Expected = { status: 502, error: 'upstream_mismatch', calls: 1, alert: true };
const rejected: Expected = { status: 502, error: 'upstream_auth', calls: 1, alert: true, second: 'blocked' };
const redirected: Expected = { status: 502, error: 'upstream_redirect', calls: 1 };
const failed = (calls: number): Expected => ({ status: 502, error: 'upstream_error', calls });
const timedOut: Expected = { status: 504, error: 'upstream_timeout', calls: 2 };
const limited = (retryAfter: number, calls = 1): Expected => ({
  status: 503,
  error: 'upstream_rate_limited',
  retryAfter,
  calls,
  second: calls === 1 ? 'blocked' : 'calls',
});
const unavailable = (retryAfter: number, calls = 1): Expected => ({
  ...limited(retryAfter, calls),
  error: 'upstream_unavailable',
});

/** Responds with a text in place of a recording. */
const respondWithText =
  (text: string, type = 'application/json'): TwilioBehaviour =>
  () =>
    new Response(text, { headers: { 'Content-Type': type } });

const recordingAsText = JSON.stringify({ ...RECORDING, sid: SID });

const redirect =
  (status: number): TwilioBehaviour =>
  () =>
    new Response(null, { status, headers: { Location: 'https://evil.example/' } });

/** Responds with a status that a fetch can return, but that `Response` does not accept. */
const respondWithStatus =
  (status: number): TwilioBehaviour =>
  async (sid) =>
    Object.defineProperty(await respondWithRecording()(sid), 'status', { value: status });

interface Row {
  readonly name: string;
  readonly behaviour: TwilioBehaviour;
  readonly expected: Expected;
}

const row = (name: string, behaviour: TwilioBehaviour, expected: Expected): Row => ({
  name,
  behaviour,
  expected,
});

const ROWS: readonly Row[] = [
  row('truncated JSON', respondWithText(recordingAsText.slice(0, -1)), invalid),
  row('an empty body', respondWithText(''), invalid),
  row('JSON with a byte order mark', respondWithText(`\ufeff${recordingAsText}`), invalid),
  row('JSON with NaN', respondWithText(recordingAsText.replace(/"size":\d+/, '"size":NaN')), invalid),
  row('an HTML maintenance page', respondWithText('<html>Back soon', 'text/html'), invalid),
  row('a sid that is null', respondWithRecording({ sid: null }), invalidAt('sid')),
  row('a recording without a sid', respondWithRecording({ sid: undefined }), invalidAt('sid')),
  row('a room_sid that is null', respondWithRecording({ room_sid: null }), invalidAt('room_sid')),
  row('a recording without a status', respondWithRecording({ status: undefined }), invalidAt('status')),
  row('an undocumented status attribute', respondWithRecording({ status: 'archived' }), invalidAt('status')),
  row('a size that is a list', respondWithRecording({ size: [] }), invalidAt('size')),
  row('another recording', respondWithRecording({ sid: createSid(2) }), mismatch),
  row('a recording of another room', respondWithRecording({ room_sid: `RM${'b'.repeat(32)}` }), mismatch),
  row(
    'a recording of another account',
    respondWithRecording({ account_sid: `AC${'b'.repeat(32)}` }),
    mismatch,
  ),
  row('a 401', respondWithError(401, {}, 20003), rejected),
  row('a 403', respondWithError(403, {}, 20403), { status: 502, error: 'upstream_auth', calls: 1 }),
  row('a 404', respondWithError(404, {}, 20404), {
    status: 404,
    error: 'not_found',
    calls: 1,
    second: 'stored',
  }),
  ...[408, 409, 425].map((status) => row(`a ${status}`, respondWithError(status), failed(2))),
  row('a 410', respondWithError(410), {
    status: 410,
    error: 'recording_deleted',
    calls: 1,
    second: 'stored',
  }),
  row('a 429 with Retry-After: 7', respondWithError(429, { 'Retry-After': '7' }), limited(7)),
  row('a 429 with Retry-After: 3600', respondWithError(429, { 'Retry-After': '3600' }), limited(60)),
  row('a 429 without Retry-After', respondWithError(429), limited(5, 2)),
  row('a 500', respondWithError(500), failed(2)),
  row('a 502', respondWithError(502), failed(2)),
  row('a 504', respondWithError(504), timedOut),
  row('a 503 without Retry-After', respondWithError(503), unavailable(5, 2)),
  row('a 503 with Retry-After: 7', respondWithError(503, { 'Retry-After': '7' }), unavailable(7)),
  row('a 503 with Retry-After: 3600', respondWithError(503, { 'Retry-After': '3600' }), unavailable(60)),
  ...[301, 302, 303, 307, 308].map((status) => row(`a ${status}`, redirect(status), redirected)),
  row('a 206', respondWithRecording({}, { status: 206 }), invalid),
  ...[204, 205, 304].map((status) => row(`a ${status}`, () => new Response(null, { status }), invalid)),
  ...[99, 101, 103, 600, 999].map((status) =>
    row(`the status ${status}, which is not a final HTTP status`, respondWithStatus(status), invalid),
  ),
  ...[520, 521, 523, 527, 530].map((status) =>
    row(`a ${status} of Cloudflare`, respondWithError(status), failed(2)),
  ),
  ...[522, 524].map((status) => row(`a ${status} of Cloudflare`, respondWithError(status), timedOut)),
  ...[525, 526].map((status) => row(`a ${status} of Cloudflare`, respondWithError(status), failed(1))),
  row('the Twilio error 70005', respondWithError(403, {}, 70005), limited(60)),
  row('a connection that breaks before the first byte', resetConnection, failed(2)),
];

const isReadFailure = ({ event }: { readonly event?: unknown }) => event === 'upstream.read_failed';

describe('an edge without a stored response', () => {
  it.each(ROWS)('converts $name to an error response', async ({ behaviour, expected }) => {
    const { status, error, retryAfter, calls, second = 'calls', alert, detail = '' } = expected;
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(behaviour);
    const first = await edge.fetchRecording(SID);
    expect(first.status).toBe(status);
    expect(first.body).toMatchObject({ error, status });
    expect(first.body['detail']).toContain(detail);
    expect(first.headers.get('Retry-After')).toBe(retryAfter?.toString() ?? null);
    expect(first.headers.get('Cache-Control') === 'no-store').toBe(second !== 'stored');
    expect(edge.calls).toHaveLength(calls);
    expect(edge.calls.every(({ init }) => init.redirect === 'manual')).toBe(true);
    expect(edge.logEntries.filter(isReadFailure)).toMatchObject(
      status < 500 ? [] : [{ code: error, alert, attempts: calls }],
    );
    edge.setTwilio(respondWithRecording());
    const next = await edge.fetchRecording(SID);
    expect(edge.calls).toHaveLength(second === 'calls' ? calls + 1 : calls);
    expect(next.body['error']).toBe(second === 'calls' ? undefined : error);
  });

  it.each([
    {
      name: 'undocumented attributes and without an optional one',
      changes: { extra: 1, duration: undefined },
    },
    { name: 'integers as strings', changes: { size: '105956' } },
  ])('accepts a recording with $name', async ({ changes }) => {
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(respondWithRecording(changes));
    const { status, body } = await edge.fetchRecording(SID);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(Object.keys(RECORDING));
    expect(body).toMatchObject({ size: 105956, duration: 'duration' in changes ? null : 3 });
  });

  it('responds with a recording whose status is deleted', async () => {
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(respondWithRecording({ status: 'deleted' }));
    const { status, body, headers } = await edge.fetchRecording(SID);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'deleted',
      url: `${PUBLIC_URL}/v1/Rooms/${ROOM_SID}/Recordings/${SID}`,
    });
    expect(headers.get('Cache-Control')).toContain('max-age=');
  });

  it('finds a recording once the stored 404 has expired', async () => {
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(respondWithError(404));
    await edge.fetchRecording(SID);
    edge.setTwilio(respondWithRecording());
    edge.clock.skip(9_999);
    expect((await edge.fetchRecording(SID)).status).toBe(404);
    edge.clock.skip(1);
    expect((await edge.fetchRecording(SID)).status).toBe(200);
  });
});
