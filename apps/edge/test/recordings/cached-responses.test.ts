import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { sendRaw } from '@room-recordings/testing/raw-http';
import {
  cacheStatus,
  createEdgeWithClock,
  deferred,
  failWithStatus,
  findRecording,
  findRenamedRecording,
  inSequence,
} from '../support/fake-source.ts';
import { findNothing, PATH, SID } from '../support/recording.ts';
import { createTestEdge, sendRawTo } from '../support/test-edge.ts';

describe('a cache hit', () => {
  it('has the stored body and Date, its Age and the remaining lifetime', async () => {
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

  it('of a 404 has its Age and the Date of the first response', async () => {
    const { request, reads, clock } = createEdgeWithClock(findNothing);
    const first = await request();
    clock.skip(7_000);
    const stored = await request();
    expect(cacheStatus(stored)).toBe('room-recordings; hit; ttl=3');
    expect(stored.headers.get('Age')).toBe('7');
    expect(stored.headers.get('Date')).toBe(first.headers.get('Date'));
    expect(reads).toHaveLength(1);
  });

  it('of a GET has the body, if a HEAD filled the cache', async () => {
    const { request, reads } = createTestEdge();
    const head = await request(PATH, { method: 'HEAD' });
    const get = await request();
    expect(cacheStatus(head)).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
    expect(cacheStatus(get)).toBe('room-recordings; hit; ttl=300');
    expect(await get.json()).toMatchObject({ sid: SID });
    expect(reads).toHaveLength(1);
  });

  it.each<{ name: string; path?: string; init?: RequestInit }>([
    { name: 'SIDs in upper case', path: `/v1/Rooms/RM${'A'.repeat(32)}/Recordings/RT${'A'.repeat(32)}` },
    { name: 'a query', path: `${PATH}?Status=completed;PageSize=1&cb=${'x'.repeat(99)}` },
    { name: 'the method HEAD', init: { method: 'HEAD' } },
    { name: 'an Accept', init: { headers: { Accept: 'text/html' } } },
    { name: 'an Accept-Encoding', init: { headers: { 'Accept-Encoding': 'br, gzip' } } },
    { name: 'an Origin', init: { headers: { Origin: 'https://app.example.com' } } },
    { name: 'credentials', init: { headers: { Authorization: 'Bearer x', Cookie: 'a=b' } } },
    { name: 'no-cache', init: { headers: { 'Cache-Control': 'no-cache' } } },
    { name: 'no-store', init: { headers: { 'Cache-Control': 'no-store' } } },
    { name: 'max-age=0', init: { headers: { 'Cache-Control': 'max-age=0' } } },
    {
      name: 'only-if-cached and an unknown directive',
      init: { headers: { 'Cache-Control': 'only-if-cached, x=y' } },
    },
    { name: 'Pragma', init: { headers: { Pragma: 'no-cache' } } },
  ])('is the response to a request with $name', async ({ path = PATH, init }) => {
    const { request, reads } = createTestEdge();
    await request();
    const response = await request(path, init);
    expect(cacheStatus(response)).toBe('room-recordings; hit; ttl=300');
    expect(response.headers.get('Content-Encoding')).toBeNull();
    expect(reads).toHaveLength(1);
  });

  it('is the response to a GET with a body, which the edge ignores', async () => {
    const { address, request, reads } = createTestEdge();
    await request();
    const body = `{"sid":"RT${'f'.repeat(32)}"}`;
    const lines = [`GET ${PATH} HTTP/1.1`, 'Host: x', `Content-Length: ${body.length}`];
    const response = await sendRaw(Number(new URL(await address).port), lines, body);
    expect(response).toMatch(/^HTTP\/1\.1 200 /);
    expect(response).toContain('room-recordings; hit; ttl=300');
    expect(response).toContain(`"sid":"${SID}"`);
    expect(reads).toHaveLength(1);
  });

  it.each([
    { name: 'Connection: Keep-Alive, X-Mine', headers: ['Connection: Keep-Alive, X-Mine', 'X-Mine: 1'] },
    { name: 'Keep-Alive', headers: ['Keep-Alive: timeout=5'] },
    { name: 'TE', headers: ['TE: trailers'] },
    { name: 'Upgrade', headers: ['Upgrade: h2c', 'Connection: Upgrade'] },
    { name: 'Proxy-Authorization', headers: ['Proxy-Authorization: Basic eDp5'] },
  ])('is the response to a request with $name and does not repeat it', async ({ headers }) => {
    const edge = createTestEdge();
    await sendRawTo(edge);
    const response = await sendRawTo(edge, { headers: headers });
    expect(response.status).toBe(200);
    expect(response.headerValues('cache-status')).toEqual(['room-recordings; hit; ttl=300']);
    for (const name of ['x-mine', 'te', 'upgrade', 'proxy-authorization', 'trailer']) {
      expect(response.headerValues(name)).toEqual([]);
    }
    expect(edge.reads).toHaveLength(1);
  });
});

const CONCURRENT_REQUESTS = 50;

describe('concurrent requests for one recording', () => {
  it('cost one read, and all but one have collapsed in Cache-Status', async () => {
    const { read, release } = deferred(findRecording);
    const { request, reads, waitForRequests } = createTestEdge(read);
    const pending = Array.from({ length: CONCURRENT_REQUESTS }, () => request());
    await waitForRequests(CONCURRENT_REQUESTS);
    release();
    const responses = await Promise.all(pending);
    const statuses = responses.map((response) => cacheStatus(response));
    expect(reads).toHaveLength(1);
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    const collapsed = statuses.filter((status) => status === 'room-recordings; fwd=uri-miss; collapsed');
    expect(collapsed).toHaveLength(CONCURRENT_REQUESTS - 1);
    expect(statuses).toContain('room-recordings; fwd=uri-miss; fwd-status=200; stored');
  });

  it('cost one read if the stored response is too old to be served stale', async () => {
    const { read, release } = deferred(findRenamedRecording);
    const { request, reads, clock, waitForRequests } = createEdgeWithClock(findRecording, read);
    await request();
    clock.skip(1_000_000);
    const pending = Array.from({ length: CONCURRENT_REQUESTS }, () => request());
    await waitForRequests(1 + CONCURRENT_REQUESTS);
    release();
    const statuses = (await Promise.all(pending)).map((response) => cacheStatus(response));
    expect(reads).toHaveLength(2);
    const collapsed = statuses.filter((status) => status === 'room-recordings; fwd=stale; collapsed');
    expect(collapsed).toHaveLength(CONCURRENT_REQUESTS - 1);
  });

  it('do not share an error: each request reads the source itself', async () => {
    const { read, release } = deferred(failWithStatus(500));
    const { request, reads, waitForRequests } = createTestEdge(read);
    const pending = Array.from({ length: CONCURRENT_REQUESTS }, () => request());
    await waitForRequests(CONCURRENT_REQUESTS);
    expect(reads).toHaveLength(1);
    release();
    const statuses = (await Promise.all(pending)).map((response) => cacheStatus(response));
    expect(reads).toHaveLength(CONCURRENT_REQUESTS);
    expect(new Set(statuses)).toEqual(new Set(['room-recordings; fwd=uri-miss; fwd-status=502']));
  });
});

const mismatch: RecordingSource['read'] = () =>
  Promise.reject(new RecordingsError('mismatch', 'No.', { status: 200 }));

describe('an error', () => {
  it.each([
    ...[400, 401, 403, 409, 429, 500, 502, 503, 504].map((status) => ({
      name: `a ${status} from the source`,
      read: failWithStatus(status),
    })),
    { name: 'another recording than the requested one', read: mismatch },
  ])('is not stored after $name', async ({ read }) => {
    const { request, reads } = createTestEdge(inSequence(read, findRecording));
    expect((await request()).status).toBeGreaterThanOrEqual(502);
    expect(cacheStatus(await request())).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
    expect(reads).toHaveLength(2);
  });
});

describe('a first request', () => {
  it.each([
    { status: 412, name: 'a condition', header: 'If-Match: "x"' },
    { status: 417, name: 'an unknown Expect', header: 'Expect: nothing' },
    // A 100 comes first, and the response follows it.
    { status: 100, name: 'Expect: 100-continue', header: 'Expect: 100-continue' },
    { status: 400, name: 'a control character', header: 'X-Control: \u0001' },
    { status: 431, name: 'a header of 20 kB', header: `X-Long: ${'x'.repeat(20_000)}` },
    { status: 200, name: 'an invalid Range', header: 'Range: bytes=9-0' },
    { status: 200, name: 'a Range', header: 'Range: bytes=0-1' },
    { status: 200, name: 'an invalid Accept-Encoding', header: 'Accept-Encoding: ;;q=x' },
    { status: 200, name: 'an empty Accept', header: 'Accept: \t' },
  ])('with $name gets a $status and does not change the next response', async ({ status, header }) => {
    const [clean, edge] = [createTestEdge(), createTestEdge()];
    expect((await sendRawTo(edge, { headers: [header] })).status).toBe(status);
    const plain = await sendRawTo(edge);
    expect(plain.status).toBe(200);
    expect(plain.body).toBe((await sendRawTo(clean)).body);
    expect(edge.reads).toHaveLength(1);
  });
});
