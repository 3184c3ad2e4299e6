import { createDeferred } from '@room-recordings/testing/deferred';
import { sendRaw } from '@room-recordings/testing/raw-http';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createCacheKeyBuilder } from '../../src/recordings/tiered-store.ts';
import { createRouter } from '../../src/routes/router.ts';
import { findNothing, PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';
import { createTestEdge, sendRawTo } from '../support/test-edge.ts';

const DIGITS = 'a'.repeat(32);
const toPath = (sid: string): string => `/v1/Rooms/${ROOM_SID}/Recordings/${sid}`;

describe('a request target, sent as bytes', () => {
  it.each([
    { name: '31 digits', target: toPath(`RT${'a'.repeat(31)}`), status: 400 },
    { name: '33 digits', target: toPath(`RT${'a'.repeat(33)}`), status: 400 },
    { name: '1,000 digits', target: toPath(`RT${'a'.repeat(1000)}`), status: 400 },
    { name: 'a lower-case prefix', target: toPath(`rt${DIGITS}`), status: 400 },
    { name: 'digits that are not hexadecimal', target: toPath(`RT${'g'.repeat(32)}`), status: 400 },
    { name: 'a file extension', target: `${PATH}.json`, status: 400 },
    { name: 'a matrix parameter', target: `${PATH};x=1`, status: 400 },
    { name: 'the name of a room', target: `/v1/Rooms/daily/Recordings/${SID}`, status: 400 },
    { name: 'an encoded letter', target: toPath(`%52T${DIGITS}`), status: 400 },
    { name: 'an encoded slash', target: `/v1/Rooms/${ROOM_SID}%2FRecordings/${SID}`, status: 404 },
    { name: 'an encoded backslash', target: toPath(`..%5C${SID}`), status: 400 },
    { name: 'an encoded NUL', target: toPath(`${SID}%00`), status: 400 },
    { name: 'an encoded line end', target: toPath(`${SID}%0d%0aX:1`), status: 400 },
    { name: 'an encoded question mark', target: toPath(`${SID}%3F`), status: 400 },
    { name: 'an encoded number sign', target: toPath(`${SID}%23`), status: 400 },
    { name: 'encoded dots', target: `/v1/Rooms/${ROOM_SID}/Recordings/%2e%2e`, status: 404 },
    { name: 'a double encoding', target: toPath(`${SID}%252F`), status: 400 },
    { name: 'invalid UTF-8', target: toPath(`${SID}%C0%AF`), status: 400 },
    { name: 'a single percent sign', target: toPath('%'), status: 400 },
    { name: 'full-width letters', target: toPath(encodeURIComponent(`ＲＴ${DIGITS}`)), status: 400 },
    {
      name: 'digits of another alphabet',
      target: toPath(encodeURIComponent(`RT${'٠'.repeat(32)}`)),
      status: 400,
    },
    { name: 'a combining mark', target: toPath(encodeURIComponent(`${SID}\u0301`)), status: 400 },
    { name: 'a right-to-left mark', target: toPath(encodeURIComponent(`\u200F${SID}`)), status: 400 },
    { name: 'dot segments', target: `${PATH}/../../../../../v1/Accounts`, status: 404 },
    { name: 'encoded dot segments', target: `${PATH}/%2e%2e/%2e%2e`, status: 404 },
    { name: 'dot segments with backslashes', target: String.raw`${PATH}\..\..\..`, status: 400 },
    { name: 'a trailing slash', target: `${PATH}/`, status: 404 },
    { name: 'double slashes', target: `//v1//Rooms//${ROOM_SID}//Recordings//${SID}`, status: 404 },
    { name: 'another authority in the path', target: `//evil.example${PATH}`, status: 404 },
    { name: 'the absolute form of another origin', target: `http://evil.example${PATH}`, status: 400 },
    { name: 'a style sheet as a segment', target: `${PATH}/x.css`, status: 404 },
    { name: 'a style sheet as a parameter', target: `${PATH};x.css`, status: 400 },
    { name: 'a style sheet after an encoded line feed', target: `${PATH}%0A.css`, status: 400 },
    { name: 'another case', target: PATH.replace('/v1/Rooms', '/V1/rooms'), status: 404 },
    { name: 'another resource', target: `/v1/Rooms/${ROOM_SID}/Participants`, status: 404 },
    { name: 'more than 4,096 characters', target: `/${'a'.repeat(4096)}`, status: 414 },
    { name: 'a query of more than 2,048 characters', target: `${PATH}?${'a'.repeat(2049)}`, status: 414 },
  ])('with $name gets $status with no-store, and the source is not read', async ({ target, status }) => {
    const edge = createTestEdge();
    const response = await sendRawTo(edge, { target });
    expect(response.status).toBe(status);
    expect(response.headerValues('cache-control')).toEqual(['no-store']);
    expect(response.headerValues('x-content-type-options')).toEqual(['nosniff']);
    expect(response.body).not.toContain('"account_sid"');
    expect(edge.reads).toEqual([]);
  });

  it('with bytes beyond ASCII gets 400 from Node itself', async () => {
    const edge = createTestEdge();
    const { status, body } = await sendRawTo(edge, { target: toPath(`RT${'é'.repeat(16)}`) });
    expect([status, body]).toEqual([400, '']);
    expect(edge.logEntries).toEqual([]);
  });

  it.each([
    { name: 'a parent segment', target: `/v1/Rooms/x/../${ROOM_SID}/Recordings/${SID}` },
    { name: 'a dot segment', target: `/v1/Rooms/./${ROOM_SID}/Recordings/${SID}` },
    { name: 'the absolute form of the public URL', target: PUBLIC_URL + PATH },
  ])('with $name is normalized before it is routed', async ({ target }) => {
    const edge = createTestEdge();
    expect((await sendRawTo(edge, { target })).status).toBe(200);
    expect(edge.reads).toEqual([{ roomSid: ROOM_SID, sid: SID }]);
  });

  it('with 3,000 characters of query is truncated in the log', async () => {
    const edge = createTestEdge();
    await sendRawTo(edge, { target: `${PATH}?${'secret'.repeat(500)}` });
    expect(JSON.stringify(edge.logEntries).length).toBeLessThan(500);
  });
});

describe('the headers of a request', () => {
  it.each([
    {
      name: 'X-Forwarded-Host, X-Host and Forwarded',
      headers: ['X-Forwarded-Host: evil.example', 'X-Host: evil.example', 'Forwarded: host=evil.example'],
    },
    {
      name: 'X-Original-URL, X-Rewrite-URL and X-Forwarded-Prefix',
      headers: ['X-Original-URL: /healthz', 'X-Rewrite-URL: /healthz', 'X-Forwarded-Prefix: /evil'],
    },
    {
      name: 'X-HTTP-Method-Override and X-Method-Override',
      headers: ['X-HTTP-Method-Override: DELETE', 'X-Method-Override: DELETE'],
    },
    { name: 'a header of 8,000 characters', headers: [`X-Long: ${'x'.repeat(8000)}`] },
    { name: 'an invalid Range', headers: ['Range: bytes=5-2'] },
    { name: 'an invalid Accept-Encoding', headers: ['Accept-Encoding: ;;q=x'] },
    {
      name: 'Authorization, Cookie and Proxy-Authorization',
      headers: ['Authorization: Basic x', 'Cookie: a=b', 'Proxy-Authorization: y'],
    },
    { name: '200 headers', headers: Array.from({ length: 200 }, (_, nth) => `X-${nth}: 1`) },
  ])('with $name do not change this or the next response', async ({ headers }) => {
    const [clean, edge] = [createTestEdge(), createTestEdge()];
    const expected = await sendRawTo(clean);
    const unusual = await sendRawTo(edge, { headers });
    const next = await sendRawTo(edge);
    expect([unusual.status, next.status]).toEqual([200, 200]);
    expect([unusual.body, next.body]).toEqual([expected.body, expected.body]);
    expect(edge.reads).toHaveLength(1);
  });

  it('get 431 from Node itself if one of them has more than 16 kB', async () => {
    const edge = createTestEdge();
    const { status } = await sendRawTo(edge, { headers: [`X-Long: ${'x'.repeat(20_000)}`] });
    expect(status).toBe(431);
    expect(edge.logEntries).toEqual([]);
  });

  it('close only their own connection if one of them has 64 KiB', async () => {
    const edge = createTestEdge();
    const port = Number(new URL(await edge.address).port);
    // Unread bytes reset the connection, which can lose the response.
    const text = await sendRaw(port, [`GET ${PATH} HTTP/1.1`, 'Host: x', `X-Long: ${'x'.repeat(65_536)}`]);
    expect(text).toMatch(/^(?:HTTP\/1\.1 431 |$)/);
    expect(edge.logEntries).toEqual([]);
    expect((await sendRawTo(edge)).status).toBe(200);
  });

  it('do not affect the ETag, and a response sets no cookie', async () => {
    const edge = createTestEdge();
    const responses = [await sendRawTo(edge), await sendRawTo(edge, { headers: ['Cookie: id=1'] })];
    expect(responses.flatMap(({ headerValues }) => headerValues('set-cookie'))).toEqual([]);
    expect(responses[0]?.headerValues('etag')).toEqual(responses[1]?.headerValues('etag'));
  });
});

describe('the cache of recordings', () => {
  it('finds a new recording 30 s after a 404', async () => {
    let now = Date.UTC(2026, 2, 2, 10);
    let read: RecordingSource['read'] = findNothing;
    const edge = createTestEdge((id) => read(id), {}, { now: () => now });
    expect((await sendRawTo(edge)).status).toBe(404);
    read = () => Promise.resolve(RECORDING);
    now += 30_000;
    expect((await sendRawTo(edge)).status).toBe(200);
  });

  it('has keys with lower-case SIDs', () => {
    const match = createRouter(PUBLIC_URL, createCacheKeyBuilder(['twilio', 'AC1']));
    const url = PATH.replaceAll(DIGITS, DIGITS.toUpperCase());
    expect(match({ method: 'GET', url, headers: new Headers() }).target?.key).toMatch(
      /^https:\/\/edge\.invalid\/[^/]+\/twilio\/AC1\/[^/]+\/RM[0-9a-f]{32}\/RT[0-9a-f]{32}$/,
    );
  });

  it('completes a shared read after 20 of its 21 clients disconnect', async () => {
    const held = createDeferred();
    const edge = createTestEdge(async () => {
      await held.promise;
      return RECORDING;
    });
    const client = new AbortController();
    const disconnected = Array.from({ length: 20 }, () =>
      edge.request(PATH, { signal: client.signal }).catch(() => 'disconnected'),
    );
    const connected = edge.request();
    await edge.request('/healthz');
    client.abort();
    expect(await Promise.all(disconnected)).toEqual(Array.from({ length: 20 }, () => 'disconnected'));
    held.resolve();
    expect((await connected).status).toBe(200);
    expect(edge.reads).toHaveLength(1);
    expect((await edge.request()).headers.get('Cache-Status')).toContain('; hit;');
  });
});

describe('an invalid or missing Twilio setting', () => {
  const key = { TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'x' };
  it.each([
    { problem: 'is missing', name: 'TWILIO_API_SECRET', variables: { TWILIO_API_KEY: 'SK1' } },
    { problem: 'is missing', name: 'TWILIO_API_KEY', variables: { TWILIO_API_SECRET: 'canary' } },
    {
      problem: 'has a space',
      name: 'TWILIO_API_SECRET',
      variables: { ...key, TWILIO_API_SECRET: 'canary canary' },
    },
    { problem: 'has a line feed', name: 'TWILIO_API_KEY', variables: { ...key, TWILIO_API_KEY: 'canary\n' } },
    { problem: 'is not a URL', name: 'TWILIO_BASE_URL', variables: { ...key, TWILIO_BASE_URL: 'canary' } },
  ])('stops the start with its name and without its value: $name $problem', ({ name, variables }) => {
    const start = () => parseConfig({ ACCESS: 'public', RECORDINGS_SOURCE: 'twilio', ...variables });
    expect(start).toThrow(name);
    expect(start).not.toThrow('canary');
  });
});
