import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import {
  createEdgeWithClock,
  cacheStatus,
  findRecording,
  findDeleted,
  deferred,
  inSequence,
  failWithStatus,
  findRenamedRecording,
} from '../support/fake-source.ts';
import { NOW } from '../clock.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PATH, ROOM_SID, SID } from '../support/recording.ts';
import { sendRaw } from '../process/raw.ts';
import { sendOverWire } from '../wire.ts';

describe('a recording that was read before', () => {
  it('R27, R28, R49: is answered from the store, with its Age and the Date as it was', async () => {
    const { request, reads, clock } = createEdgeWithClock(findRecording);
    const first = await request();
    clock.skip(7_900);
    const second = await request();
    expect(cacheStatus(first)).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
    expect(first.headers.get('Age')).toBeNull();
    expect(cacheStatus(second)).toBe('room-recordings; hit; ttl=292');
    expect(second.headers.get('Age')).toBe('7');
    expect(second.headers.get('Date')).toBe(new Date(NOW).toUTCString());
    expect(await second.text()).toBe(await first.text());
    expect(reads).toHaveLength(1);
  });

  it('R13: fills the cache also where HEAD came first', async () => {
    const { request, reads } = createTestEdge();
    const head = await request(PATH, { method: 'HEAD' });
    const get = await request();
    expect(cacheStatus(head)).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
    expect(cacheStatus(get)).toBe('room-recordings; hit; ttl=300');
    expect(await get.json()).toMatchObject({ sid: SID });
    expect(reads).toHaveLength(1);
  });

  it.each([
    ['R45, S01: SIDs in upper case', `/v1/Rooms/RM${'A'.repeat(32)}/Recordings/RT${'A'.repeat(32)}`, {}],
    ['R46, S16: a query', `${PATH}?cb=${'x'.repeat(99)}`, {}],
    ['R45: HEAD', PATH, { method: 'HEAD' }],
    ['R23: an Accept', PATH, { headers: { Accept: 'text/html' } }],
    ['R24: an Accept-Encoding', PATH, { headers: { 'Accept-Encoding': 'br, gzip' } }],
    ['S21: an Origin', PATH, { headers: { Origin: 'https://app.example.com' } }],
    ['S31: credentials', PATH, { headers: { Authorization: 'Bearer x', Cookie: 'a=b' } }],
    ['R36: no-cache', PATH, { headers: { 'Cache-Control': 'no-cache' } }],
    ['R36: no-store', PATH, { headers: { 'Cache-Control': 'no-store' } }],
    ['R36: max-age=0', PATH, { headers: { 'Cache-Control': 'max-age=0' } }],
    [
      'R36: only-if-cached and what nobody knows',
      PATH,
      { headers: { 'Cache-Control': 'only-if-cached, x=y' } },
    ],
    ['R36: Pragma', PATH, { headers: { Pragma: 'no-cache' } }],
  ])('%s asks for the same entry', async (_what, path, init) => {
    const { request, reads } = createTestEdge();
    await request();
    const response = await request(path, init);
    expect(cacheStatus(response)).toBe('room-recordings; hit; ttl=300');
    expect(response.headers.get('Content-Encoding')).toBeNull();
    expect(reads).toHaveLength(1);
  });

  it('R17, S19: the body of a GET is not looked at', async () => {
    const { address, request, reads } = createTestEdge();
    await request();
    const body = `{"sid":"RT${'f'.repeat(32)}"}`;
    const lines = [`GET ${PATH} HTTP/1.1`, 'Host: x', `Content-Length: ${body.length}`];
    const answer = await sendRaw(Number(new URL(await address).port), lines, body);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('room-recordings; hit; ttl=300');
    expect(answer).toContain(`"sid":"${SID}"`);
    expect(reads).toHaveLength(1);
  });

  it('R34, R35: Vary does not depend on what is answered', async () => {
    const { request } = createTestEdge(inSequence(findRecording, findNothing), {
      ALLOWED_ORIGINS: 'https://app.example.com',
    });
    const other = `/v1/Rooms/${ROOM_SID}/Recordings/RT${'f'.repeat(32)}`;
    const answers = [
      await request(),
      await request(),
      await request(PATH, { headers: { 'If-None-Match': '*' } }),
      await request(other),
      await request(`${PATH}.json`),
    ];
    expect(answers.map(({ status, headers }) => [status, headers.get('Vary')])).toEqual([
      [200, 'Origin'],
      [200, 'Origin'],
      [304, 'Origin'],
      [404, 'Origin'],
      [400, 'Origin'],
    ]);
  });
});

const CROWD = 50;

describe('a crowd that comes before the source has answered', () => {
  it('R47, R50: costs one read, and who waited for that of another is told so', async () => {
    const { read, release } = deferred(findRecording);
    const { request, reads, waitForRequests } = createTestEdge(read);
    const asking = Array.from({ length: CROWD }, () => request());
    await waitForRequests(CROWD);
    release();
    const answers = await Promise.all(asking);
    const said = answers.map((response) => cacheStatus(response));
    expect(reads).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const followers = said.filter((each) => each === 'room-recordings; fwd=uri-miss; collapsed');
    expect(followers).toHaveLength(CROWD - 1);
    expect(said).toContain('room-recordings; fwd=uri-miss; fwd-status=200; stored');
  });

  it('R47, R50: costs one read of what is too stale to be served meanwhile, too', async () => {
    const { read, release } = deferred(findRenamedRecording);
    const { request, reads, clock, waitForRequests } = createEdgeWithClock(findRecording, read);
    await request();
    clock.skip(1_000_000);
    const asking = Array.from({ length: CROWD }, () => request());
    await waitForRequests(1 + CROWD);
    release();
    const said = (await Promise.all(asking)).map((response) => cacheStatus(response));
    expect(reads).toHaveLength(2);
    expect(said.filter((text) => text === 'room-recordings; fwd=stale; collapsed')).toHaveLength(CROWD - 1);
  });

  it('R47: shares no failure: each of them asks for itself', async () => {
    const { read, release } = deferred(failWithStatus(500));
    const { request, reads, waitForRequests } = createTestEdge(read);
    const asking = Array.from({ length: CROWD }, () => request());
    await waitForRequests(CROWD);
    expect(reads).toHaveLength(1);
    release();
    const said = (await Promise.all(asking)).map((response) => cacheStatus(response));
    expect(reads).toHaveLength(CROWD);
    expect(new Set(said)).toEqual(new Set(['room-recordings; fwd=uri-miss; fwd-status=502']));
  });
});

describe('what is not there', () => {
  it.each([
    ['404', findNothing, 10],
    ['410', findDeleted, 300],
  ])('R41: a %s is kept for a while and never longer', async (_what, act, seconds) => {
    const { request, reads, clock } = createEdgeWithClock(act, findRecording);
    const first = await request();
    clock.skip(seconds * 1000 - 1);
    const kept = await request();
    expect(kept.status).toBe(first.status);
    expect(cacheStatus(kept)).toBe('room-recordings; hit; ttl=0');
    expect(reads).toHaveLength(1);
    clock.skip(1);
    expect((await request()).status).toBe(200);
  });

  it.each([400, 401, 403, 409, 429, 500, 502, 503, 504])(
    'R42: a %i of the source is kept by nobody',
    async (status) => {
      const { request, reads } = createTestEdge(inSequence(failWithStatus(status), findRecording));
      expect((await request()).status).toBeGreaterThanOrEqual(502);
      expect(cacheStatus(await request())).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
      expect(reads).toHaveLength(2);
    },
  );

  it('R42: nor is another recording', async () => {
    const mismatch: RecordingSource['read'] = () =>
      Promise.reject(new RecordingsError('mismatch', 'No.', { status: 200 }));
    const { request } = createTestEdge(inSequence(mismatch, findRecording));
    expect((await request()).status).toBe(502);
    expect((await request()).status).toBe(200);
  });

  it.each([
    [412, 'a condition', 'If-Match: "x"'],
    [417, 'an Expect', 'Expect: nothing'],
    // The answer itself comes behind it.
    [100, 'an Expect that is met', 'Expect: 100-continue'],
    [400, 'a control character', 'X-Control: \u0001'],
    [431, 'a field of 20 kB', `X-Long: ${'x'.repeat(20_000)}`],
    [200, 'a Range that is none', 'Range: bytes=9-0'],
    [200, 'a Range', 'Range: bytes=0-1'],
    [200, 'an Accept-Encoding that is none', 'Accept-Encoding: ;;q=x'],
    [200, 'an empty Accept', 'Accept: \t'],
  ])('S20: a %i to a first request with %s is not kept for a plain one', async (status, _what, field) => {
    const [clean, edge] = [createTestEdge(), createTestEdge()];
    expect((await sendOverWire(edge, { fields: [field] })).status).toBe(status);
    const plain = await sendOverWire(edge);
    expect(plain.status).toBe(200);
    expect(plain.body).toBe((await sendOverWire(clean)).body);
    expect(edge.reads).toHaveLength(1);
  });
});

describe('Cache-Status', () => {
  it.each([
    ['400', `${PATH}.json`, {}],
    ['404 of a path', '/nothing', {}],
    ['405', PATH, { method: 'POST' }],
    ['414', `/${'a'.repeat(4096)}`, {}],
    [
      'a preflight',
      PATH,
      { method: 'OPTIONS', headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'GET' } },
    ],
  ])('R51: is not on what the cache was not asked for: %s', async (_what, path, init) => {
    expect(cacheStatus(await createTestEdge().request(path, init))).toBeNull();
  });

  it('R51: is on a 304 and on a kept 404', async () => {
    const recording = createTestEdge();
    await recording.request();
    const unchanged = await recording.request(PATH, { headers: { 'If-None-Match': '*' } });
    const nothing = createTestEdge(findNothing);
    await nothing.request();
    expect(cacheStatus(unchanged)).toBe('room-recordings; hit; ttl=300');
    expect(cacheStatus(await nothing.request())).toBe('room-recordings; hit; ttl=10');
  });

  it('R52: names no key, SID or account, and can be left out', async () => {
    const said = cacheStatus(await createTestEdge().request());
    expect(said).not.toMatch(/(?:RM|RT|AC)[0-9a-f]{8}|key=/);
    expect(cacheStatus(await createTestEdge(findRecording, { CACHE_STATUS: 'false' }).request())).toBeNull();
  });
});
