import type { RawResponse } from '@room-recordings/testing/raw-http';
import { describe, expect, it } from 'vitest';
import { createHttpCache, memoryStore } from '@room-recordings/http-cache';
import { PendingRequestLimiter } from '../../src/http/pending-request-limiter.ts';
import { respondThroughCache, tryCacheHit } from '../../src/routes/recording-route.ts';
import { createEdgeWithClock, failWithStatus, findRecording } from '../support/fake-source.ts';
import { PUBLIC_URL, findNothing, parseResource } from '../support/recording.ts';
import { createTestEdge, sendRawTo } from '../support/test-edge.ts';

const edge = createTestEdge();

/** Returns the ETag of the recording without its `W/`. */
async function fetchOpaqueTag(): Promise<string> {
  const [etag = ''] = (await sendRawTo(edge)).headerValues('etag');
  return etag.slice('W/'.length);
}

/** Sends headers in which TAG stands for the ETag without its `W/`. */
async function sendWithTag(...headers: readonly string[]): Promise<RawResponse> {
  const tag = await fetchOpaqueTag();
  return sendRawTo(edge, { headers: headers.map((header) => header.replaceAll('TAG', tag)) });
}

const SOME_DAY = 'Tue, 01 Jan 2030 00:00:00 GMT';

describe('If-None-Match', () => {
  it.each([
    { name: 'the weak ETag', values: ['W/TAG'] },
    { name: 'the same ETag as a strong one', values: ['TAG'] },
    { name: 'a list that begins with the ETag', values: ['W/TAG, "x", W/"y"'] },
    { name: 'a list with the ETag in the middle', values: ['"x",TAG,"y"'] },
    {
      name: 'a list with spaces and empty members that ends with the ETag',
      values: [' "x" ,, ,\t W/TAG ,'],
    },
    { name: 'the ETag beside one that contains a comma', values: ['"a,b", TAG'] },
    { name: 'the ETag in the second of two headers', values: ['"x"', 'W/TAG'] },
    { name: '*', values: ['*'] },
  ])('gets a 304 without a body for $name', async ({ values }) => {
    const response = await sendWithTag(...values.map((value) => `If-None-Match: ${value}`));
    expect(response.status).toBe(304);
    expect(response.body).toBe('');
    expect(response.headerValues('etag')).toEqual([`W/${await fetchOpaqueTag()}`]);
    expect(response.headerValues('content-type')).toEqual([]);
  });

  it.each([
    { name: 'a list of other ETags', value: 'W/"x", "y"' },
    { name: 'an ETag without quotes', value: 'abc' },
    { name: 'the ETag with a lower-case w/', value: 'w/TAG' },
    { name: 'the ETag with a space after W/', value: 'W/ TAG' },
    { name: 'an ETag without a closing quote', value: '"abc' },
    { name: 'a part of an ETag', value: '"ab"' },
    { name: '* in quotes', value: '"*"' },
    { name: 'an empty value', value: '' },
    { name: 'commas only', value: ',,' },
  ])('gets a 200 with the recording for $name', async ({ value }) => {
    const response = await sendWithTag(`If-None-Match: ${value}`);
    expect(response.status).toBe(200);
    expect(JSON.parse(response.body)).toMatchObject({ status: 'completed' });
  });

  it.each([
    {
      name: 'another ETag and a date in the future',
      headers: ['If-None-Match: "x"', `If-Modified-Since: ${SOME_DAY}`],
      status: 200,
    },
    {
      name: 'the ETag and a date in the past',
      headers: ['If-None-Match: TAG', `If-Modified-Since: ${new Date(0).toUTCString()}`],
      status: 304,
    },
  ])('overrides If-Modified-Since: $name', async ({ headers, status }) => {
    expect((await sendWithTag(...headers)).status).toBe(status);
  });
});

describe('a request without If-None-Match', () => {
  it.each([{ method: 'GET' }, { method: 'HEAD' }])('a $method never gets a 304', async ({ method }) => {
    const { address, clock } = createEdgeWithClock(findRecording);
    const statuses: number[] = [];
    // A cache miss, a hit, a stale response that is revalidated, and one that is too old for that.
    for (const seconds of [0, 10, 390, 1_000]) {
      clock.skip(seconds * 1000);
      statuses.push((await sendRawTo({ address }, { method })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  it.each([
    { name: 'a date', headers: [`If-Modified-Since: ${SOME_DAY}`] },
    { name: 'an invalid date', headers: ['If-Modified-Since: yesterday'] },
    { name: 'two dates', headers: [`If-Modified-Since: ${SOME_DAY}`, `If-Modified-Since: ${SOME_DAY}`] },
  ])('If-Modified-Since with $name gets a 200', async ({ headers }) => {
    expect((await sendWithTag(...headers)).status).toBe(200);
  });
});

describe('If-Match', () => {
  it.each([
    { name: '*', headers: ['If-Match: *'], status: 200 },
    // The comparison is strong (RFC 9110 §13.1.1), and the edge's ETags are weak.
    { name: 'the weak ETag', headers: ['If-Match: W/TAG'], status: 412 },
    { name: 'the same ETag as a strong one', headers: ['If-Match: TAG'], status: 412 },
    {
      name: 'another ETag, although If-None-Match is *',
      headers: ['If-Match: "x"', 'If-None-Match: *'],
      status: 412,
    },
    { name: '*, if If-None-Match is * too', headers: ['If-Match: *', 'If-None-Match: *'], status: 304 },
  ])('gets a $status for $name', async ({ headers, status }) => {
    expect((await sendWithTag(...headers)).status).toBe(status);
  });
});

describe('a conditional request for an error', () => {
  it.each([
    { status: 404, read: findNothing },
    { status: 502, read: failWithStatus(500) },
    { status: 503, read: failWithStatus(429, 'rate_limited') },
  ])('gets the $status, never a 304 or a 412', async ({ status, read }) => {
    for (const header of [
      'If-None-Match: *',
      'If-Match: *',
      'If-Match: "x"',
      `If-Modified-Since: ${SOME_DAY}`,
    ]) {
      expect((await sendRawTo(createTestEdge(read), { headers: [header] })).status).toBe(status);
    }
  });
});

const SERVICES = {
  pendingRequests: new PendingRequestLimiter(() => 0),
  sleep: (): Promise<void> => new Promise(() => undefined),
};
const ORIGIN = { resource: parseResource(), publicUrl: PUBLIC_URL, client: 'a client', requestId: 'id' };

describe('a cache hit', () => {
  // The Headers of a runtime trim a value. The headers of another adapter may not.
  it.each([
    { name: 'if-match', value: ' * ', status: undefined },
    { name: 'if-none-match', value: ' * ', status: 304 },
    { name: 'if-none-match', value: '\t*', status: 304 },
    { name: 'if-none-match', value: ' W/"abc"\t', status: 304 },
  ])('ignores whitespace around "$value" in $name', async ({ name, value, status }) => {
    const key = 'https://edge.invalid/key';
    const headers = { 'cache-control': 'max-age=60', etag: 'W/"abc"' };
    const cache = createHttpCache({
      store: memoryStore({ maxBytes: 65_536 }),
      fetch: async () => new Response('{}', { headers }),
    });
    await cache.fetch(key);
    const request = { method: 'GET', url: '/', headers: new Map([[name, value]]) };
    const context = { request, requestId: 'id', publicUrl: PUBLIC_URL, startedAt: 0, commonHeaders: [] };
    expect(tryCacheHit(cache, key, context)?.status).toBe(status);
    expect((await respondThroughCache(context, { cache, ...SERVICES }, key, ORIGIN)).status).toBe(
      status ?? 200,
    );
  });
});
