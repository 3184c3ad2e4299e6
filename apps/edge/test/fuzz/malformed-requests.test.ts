import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createCacheKeyBuilder } from '../../src/recordings/tiered-store.ts';
import { createRouter } from '../../src/routes/router.ts';
import { createTestEdge, type TestEdge, sendRawTo } from '../support/test-edge.ts';
import { sendRaw } from '@room-recordings/testing/raw-http';
import { findNothing, PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';

const DIGITS = 'a'.repeat(32);
const beside = (sid: string): string => `/v1/Rooms/${ROOM_SID}/Recordings/${sid}`;

/** Sends a path as bytes, and tells what came of it. */
async function statusOf(edge: TestEdge, path: string): Promise<number> {
  const { status, body, headerValues } = await sendRawTo(edge, { target: path });
  expect(headerValues('cache-control')).toEqual(['no-store']);
  expect(headerValues('x-content-type-options')).toEqual(['nosniff']);
  expect(body).not.toContain('"account_sid"');
  return status;
}

describe('a path, as bytes', () => {
  it.each([
    ['S02: 31 digits', beside(`RT${'a'.repeat(31)}`), 400],
    ['S02: 33 digits', beside(`RT${'a'.repeat(33)}`), 400],
    ['S02: 1,000 digits', beside(`RT${'a'.repeat(1000)}`), 400],
    ['S02: a lower-case prefix', beside(`rt${DIGITS}`), 400],
    ['S02: no hexadecimal digits', beside(`RT${'g'.repeat(32)}`), 400],
    ['S02: an extension', `${PATH}.json`, 400],
    ['S02: a matrix parameter', `${PATH};x=1`, 400],
    ['S03: a room’s name', `/v1/Rooms/daily/Recordings/${SID}`, 400],
    ['S04: an encoded letter', beside(`%52T${DIGITS}`), 400],
    ['S04: an encoded slash', `/v1/Rooms/${ROOM_SID}%2FRecordings/${SID}`, 404],
    ['S04: an encoded backslash', beside(`..%5C${SID}`), 400],
    ['S04: an encoded NUL', beside(`${SID}%00`), 400],
    ['S04: an encoded line end', beside(`${SID}%0d%0aX:1`), 400],
    ['S04: an encoded question mark', beside(`${SID}%3F`), 400],
    ['S04: an encoded number sign', beside(`${SID}%23`), 400],
    ['S04: encoded dots', `/v1/Rooms/${ROOM_SID}/Recordings/%2e%2e`, 404],
    ['S05: an encoding of an encoding', beside(`${SID}%252F`), 400],
    ['S05: no UTF-8', beside(`${SID}%C0%AF`), 400],
    ['S05: a lone percent sign', beside('%'), 400],
    ['S06: full-width letters', beside(encodeURIComponent(`ＲＴ${DIGITS}`)), 400],
    ['S06: digits of another alphabet', beside(encodeURIComponent(`RT${'٠'.repeat(32)}`)), 400],
    ['S06: a combining mark', beside(encodeURIComponent(`${SID}\u0301`)), 400],
    ['S06: a mark that turns the direction', beside(encodeURIComponent(`\u200F${SID}`)), 400],
    ['S07: a climb out', `${PATH}/../../../../../v1/Accounts`, 404],
    ['S07: an encoded climb out', `${PATH}/%2e%2e/%2e%2e`, 404],
    ['S07: a climb by backslashes', String.raw`${PATH}\..\..\..`, 400],
    ['S08: a trailing slash', `${PATH}/`, 404],
    ['S08: two slashes', `//v1//Rooms//${ROOM_SID}//Recordings//${SID}`, 404],
    ['S08: another authority as a path', `//evil.example${PATH}`, 404],
    ['S08: a foreign absolute form', `http://evil.example${PATH}`, 400],
    ['S09: a slash behind it', `${PATH}/`, 404],
    ['S09: a style sheet behind it', `${PATH}/x.css`, 404],
    ['S09: a style sheet behind a parameter', `${PATH};x.css`, 400],
    ['S09: a style sheet behind an encoded line feed', `${PATH}%0A.css`, 400],
    ['S10: another case', PATH.replace('/v1/Rooms', '/V1/rooms'), 404],
    ['S10: another resource', `/v1/Rooms/${ROOM_SID}/Participants`, 404],
    ['S11: more than 4,096 characters', `/${'a'.repeat(4096)}`, 414],
    ['S11: more than 2,048 characters of query', `${PATH}?${'a'.repeat(2049)}`, 414],
  ])('%s is answered with an error that nobody keeps, and nobody is asked', async (_what, path, status) => {
    const edge = createTestEdge();
    expect(await statusOf(edge, path)).toBe(status);
    expect(edge.reads).toEqual([]);
  });

  it('S06: letters beyond ASCII, as bytes, are no request to Node', async () => {
    const edge = createTestEdge();
    const { status, body } = await sendRawTo(edge, { target: beside(`RT${'é'.repeat(16)}`) });
    expect([status, body]).toEqual([400, '']);
    expect(edge.logEntries).toEqual([]);
  });

  it.each([
    ['S07: a climb inside the route', `/v1/Rooms/x/../${ROOM_SID}/Recordings/${SID}`],
    ['S07: a dot segment', `/v1/Rooms/./${ROOM_SID}/Recordings/${SID}`],
    ['S08: our own absolute form', PUBLIC_URL + PATH],
  ])('%s is judged once it is normal', async (_what, path) => {
    const edge = createTestEdge();
    expect((await sendRawTo(edge, { target: path })).status).toBe(200);
    expect(edge.reads).toEqual([{ roomSid: ROOM_SID, sid: SID }]);
  });

  it('S11: that is too long is not logged in full', async () => {
    const edge = createTestEdge();
    await sendRawTo(edge, { target: `${PATH}?${'secret'.repeat(500)}` });
    expect(JSON.stringify(edge.logEntries).length).toBeLessThan(500);
  });
});

describe('what is sent beside the path', () => {
  it.each([
    [
      'S14: hosts of others',
      ['X-Forwarded-Host: evil.example', 'X-Host: evil.example', 'Forwarded: host=evil.example'],
    ],
    [
      'S14: other paths',
      ['X-Original-URL: /healthz', 'X-Rewrite-URL: /healthz', 'X-Forwarded-Prefix: /evil'],
    ],
    ['S15: other methods', ['X-HTTP-Method-Override: DELETE', 'X-Method-Override: DELETE']],
    ['S20: a long field', [`X-Long: ${'x'.repeat(8000)}`]],
    ['S20: a Range', ['Range: bytes=5-2']],
    ['S20: an Accept-Encoding that is none', ['Accept-Encoding: ;;q=x']],
    ['S14: credentials', ['Authorization: Basic x', 'Cookie: a=b', 'Proxy-Authorization: y']],
    ['S72: 200 fields', Array.from({ length: 200 }, (_, nth) => `X-${nth}: 1`)],
  ])('%s change nothing for anyone', async (_what, fields) => {
    const [clean, edge] = [createTestEdge(), createTestEdge()];
    const expected = await sendRawTo(clean);
    const strange = await sendRawTo(edge, { headers: fields });
    const after = await sendRawTo(edge);
    expect([strange.status, after.status]).toEqual([200, 200]);
    expect([strange.body, after.body]).toEqual([expected.body, expected.body]);
    expect(edge.reads).toHaveLength(1);
  });

  it('S72: a field that grows beyond 16 kB is refused before the edge sees it', async () => {
    const edge = createTestEdge();
    const { status } = await sendRawTo(edge, { headers: [`X-Long: ${'x'.repeat(20_000)}`] });
    expect(status).toBe(431);
    expect(edge.logEntries).toEqual([]);
  });

  it('S72: a field of 64 kB ends its connection, and no other', async () => {
    const edge = createTestEdge();
    const port = Number(new URL(await edge.address).port);
    // It comes back when the connection has ended. What was not read resets it, and the answer may be lost.
    const text = await sendRaw(port, [`GET ${PATH} HTTP/1.1`, 'Host: x', `X-Long: ${'x'.repeat(65_536)}`]);
    expect(text).toMatch(/^(?:HTTP\/1\.1 431 |$)/);
    expect(edge.logEntries).toEqual([]);
    expect((await sendRawTo(edge)).status).toBe(200);
  });

  it('S81: no answer sets a cookie, and an ETag says nothing of who asked', async () => {
    const edge = createTestEdge();
    const answers = [await sendRawTo(edge), await sendRawTo(edge, { headers: ['Cookie: id=1'] })];
    expect(answers.flatMap(({ headerValues }) => headerValues('set-cookie'))).toEqual([]);
    expect(answers[0]?.headerValues('etag')).toEqual(answers[1]?.headerValues('etag'));
  });
});

describe('what is asked for before it is there', () => {
  it('S22: is found as soon as its 404 has passed, within 30 s', async () => {
    let now = Date.UTC(2026, 2, 2, 10);
    let source: RecordingSource['read'] = findNothing;
    const edge = createTestEdge((id) => source(id), {}, { now: () => now });
    expect((await sendRawTo(edge)).status).toBe(404);
    source = () => Promise.resolve(RECORDING);
    now += 30_000;
    expect((await sendRawTo(edge)).status).toBe(200);
  });

  it('S73: is kept under a key of checked digits', () => {
    const place = createRouter(
      PUBLIC_URL,
      createCacheKeyBuilder(['twilio', 'AC1']),
    )({ method: 'GET', url: PATH.replaceAll('a'.repeat(32), 'A'.repeat(32)), headers: new Headers() });
    expect(place.target?.key).toMatch(
      /^https:\/\/edge\.invalid\/[^/]+\/twilio\/AC1\/[^/]+\/RM[0-9a-f]{32}\/RT[0-9a-f]{32}$/,
    );
  });

  it('S74: readers who leave take nobody along, and leave nothing behind', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const edge = createTestEdge(async () => {
      await held;
      return RECORDING;
    });
    const leaving = new AbortController();
    const left = Array.from({ length: 20 }, () =>
      edge.request(PATH, { signal: leaving.signal }).catch(() => 'left'),
    );
    const stays = edge.request();
    await edge.request('/healthz');
    leaving.abort();
    expect(await Promise.all(left)).toEqual(Array.from({ length: 20 }, () => 'left'));
    finish();
    expect((await stays).status).toBe(200);
    expect(edge.reads).toHaveLength(1);
    expect((await edge.request()).headers.get('Cache-Status')).toContain('; hit;');
  });
});

describe('a setting that is missing or no setting', () => {
  it.each([
    ['TWILIO_API_SECRET', { TWILIO_API_KEY: 'SK1' }],
    ['TWILIO_API_KEY', { TWILIO_API_SECRET: 'canary' }],
    ['TWILIO_API_SECRET', { TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'canary canary' }],
    ['TWILIO_API_KEY', { TWILIO_API_KEY: 'canary\n', TWILIO_API_SECRET: 'x' }],
    ['TWILIO_BASE_URL', { TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'x', TWILIO_BASE_URL: 'canary' }],
  ])('S32: stops the start with the name of %s and not its value', (name, variables) => {
    const start = () => parseConfig({ ACCESS: 'public', RECORDINGS_SOURCE: 'twilio', ...variables });
    expect(start).toThrow(name);
    expect(start).not.toThrow('canary');
  });
});
