import type { RawResponse } from '@room-recordings/testing/raw-http';
import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge, sendRawTo, type EdgeRequest } from '../support/test-edge.ts';
import { findNothing, PATH, RECORDING, ROOM_SID } from '../support/recording.ts';

const APP = 'https://app.example.com';
const PREVIEW = 'https://pr-7.preview.example.com';
const FOREIGN = 'https://evil.example';
const LISTED = { ALLOWED_ORIGINS: `${APP}, https://*.preview.example.com` };

const MISSING = `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`;
const FAILING = `/v1/Rooms/${ROOM_SID}/Recordings/RT${'f'.repeat(32)}`;

const EXPOSED =
  'ETag, Age, Date, Cache-Status, Retry-After, X-Request-Id, Link, Content-Range, Accept-Ranges, WWW-Authenticate';

/** One request for each status and for each route. */
const REQUESTS: readonly { readonly name: string; readonly status: number; readonly request: EdgeRequest }[] =
  [
    { name: 'the 200 of a GET', status: 200, request: {} },
    { name: 'the 200 of a HEAD', status: 200, request: { method: 'HEAD' } },
    { name: 'the 200 of /healthz', status: 200, request: { target: '/healthz' } },
    { name: 'the 200 of /readyz', status: 200, request: { target: '/readyz' } },
    { name: 'the 200 of /errors', status: 200, request: { target: '/errors' } },
    { name: 'the 204 of an OPTIONS', status: 204, request: { method: 'OPTIONS' } },
    { name: 'a 304', status: 304, request: { headers: ['If-None-Match: *'] } },
    { name: 'a 400', status: 400, request: { target: `/v1/Rooms/${ROOM_SID}/Recordings/x` } },
    { name: 'the 404 of a recording', status: 404, request: { target: MISSING } },
    { name: 'the 404 of an unknown path', status: 404, request: { target: '/nothing' } },
    { name: 'a 405', status: 405, request: { method: 'DELETE' } },
    { name: 'a 412', status: 412, request: { headers: ['If-Match: "x"'] } },
    { name: 'a 414', status: 414, request: { target: `${PATH}?${'a'.repeat(2049)}` } },
    { name: 'a 502', status: 502, request: { target: FAILING } },
  ];

function createCorsEdge(variables: Readonly<Record<string, string>>): TestEdge {
  return createTestEdge((id) => {
    if (FAILING.endsWith(id.sid)) return Promise.reject(new Error('down'));
    return MISSING.endsWith(id.sid) ? findNothing(id) : Promise.resolve(RECORDING);
  }, variables);
}

/** Sends a request with an Origin header, or without one if the origin is undefined. */
function sendFrom(
  edge: TestEdge,
  origin: string | undefined,
  request: EdgeRequest = {},
): Promise<RawResponse> {
  const fields = [...(request.headers ?? []), ...(origin === undefined ? [] : [`Origin: ${origin}`])];
  return sendRawTo(edge, { ...request, headers: fields });
}

function preflight(
  edge: TestEdge,
  origin: string,
  method = 'GET',
  ...headers: readonly string[]
): Promise<RawResponse> {
  const fields = [`Access-Control-Request-Method: ${method}`, ...headers];
  return sendFrom(edge, origin, { method: 'OPTIONS', headers: fields });
}

describe('with ALLOWED_ORIGINS=*', () => {
  const edge = createCorsEdge({ ALLOWED_ORIGINS: '*' });

  it.each(REQUESTS)('any page may read $name', async ({ status, request }) => {
    // The origin `null` gets `*`, too: `null` would name all sandboxed pages, and with it credentials could be allowed.
    for (const origin of [APP, FOREIGN, 'null', undefined]) {
      const response = await sendFrom(edge, origin, request);
      expect(response.status).toBe(status);
      expect(response.headerValues('access-control-allow-origin')).toEqual(['*']);
      expect(response.headerValues('access-control-allow-methods')).toEqual(['GET, HEAD']);
      expect(response.headerValues('access-control-expose-headers')).toEqual([EXPOSED]);
      expect(response.headerValues('access-control-allow-credentials')).toEqual([]);
      expect(response.headerValues('vary')).toEqual([]);
      expect(response.headerValues('cross-origin-resource-policy')).toEqual(['cross-origin']);
      expect(response.headerValues('timing-allow-origin')).toEqual(['*']);
    }
  });

  it('a page may read a response to a request that needs no preflight', async () => {
    for (const fields of [[], ['Range: bytes=0-9'], ['Accept: application/json']]) {
      const response = await sendFrom(edge, FOREIGN, { headers: fields });
      expect(response.status).toBe(200);
      expect(response.headerValues('access-control-allow-origin')).toEqual(['*']);
    }
  });

  it('a preflight never allows access from a public page to a private network', async () => {
    const response = await preflight(edge, APP, 'GET', 'Access-Control-Request-Private-Network: true');
    expect(response.status).toBe(204);
    expect(response.headerValues('access-control-allow-private-network')).toEqual([]);
  });
});

describe('with a list in ALLOWED_ORIGINS', () => {
  const edge = createCorsEdge(LISTED);

  it.each(REQUESTS)('only a listed page may read $name, which always varies by Origin', async (row) => {
    for (const origin of [APP, PREVIEW, FOREIGN, 'null', undefined]) {
      const response = await sendFrom(edge, origin, row.request);
      const allowed = origin === APP || origin === PREVIEW ? [origin] : [];
      expect(response.status).toBe(row.status);
      expect(response.headerValues('access-control-allow-origin')).toEqual(allowed);
      expect(response.headerValues('timing-allow-origin')).toEqual(allowed);
      expect(response.headerValues('vary')).toEqual(['Origin']);
      expect(response.headerValues('access-control-expose-headers')).toEqual([EXPOSED]);
      expect(response.headerValues('access-control-allow-credentials')).toEqual([]);
    }
  });

  it('a request with two Origin headers gets no Access-Control-Allow-Origin', async () => {
    const response = await sendRawTo(edge, { headers: [`Origin: ${APP}`, `Origin: ${APP}`] });
    expect(response.status).toBe(200);
    expect(response.headerValues('access-control-allow-origin')).toEqual([]);
  });

  it('a cache hit does not contain the origin of the request that filled the cache', async () => {
    const fresh = createCorsEdge(LISTED);
    const origins = [APP, FOREIGN, PREVIEW, undefined];
    const responses: RawResponse[] = [];
    for (const origin of origins) responses.push(await sendFrom(fresh, origin));
    expect(fresh.reads).toHaveLength(1);
    expect(responses.map(({ headerValues }) => headerValues('access-control-allow-origin'))).toEqual([
      [APP],
      [],
      [PREVIEW],
      [],
    ]);
  });
});

const ALLOWED_BY_DEFAULT = [
  'Authorization, Cache-Control, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, Pragma, Range, X-Requested-With',
  'traceparent, tracestate, baggage, sentry-trace, x-datadog-origin, x-datadog-parent-id, x-datadog-sampling-priority',
  'x-datadog-trace-id, newrelic, Request-Id, Request-Context',
].join(', ');

describe('an OPTIONS request', () => {
  const edge = createCorsEdge(LISTED);

  it.each([{ origin: APP }, { origin: PREVIEW }])(
    'a preflight from the listed origin $origin gets a 204 without credentials, a read or a cache lookup',
    async ({ origin }) => {
      const response = await preflight(edge, origin);
      expect(response.status).toBe(204);
      expect(response.headerValues('access-control-allow-origin')).toEqual([origin]);
      expect(response.headerValues('access-control-allow-methods')).toEqual(['GET, HEAD']);
      expect(response.headerValues('access-control-max-age')).toEqual(['7200']);
      expect(response.headerValues('cache-control')).toEqual(['no-store']);
      expect(response.headerValues('cache-status')).toEqual([]);
      expect(response.body).toBe('');
      expect(edge.reads).toEqual([]);
    },
  );

  it.each([{ origin: FOREIGN }, { origin: 'null' }])(
    'a preflight from the origin $origin, which is not listed, gets a 403',
    async ({ origin }) => {
      const response = await preflight(edge, origin);
      expect(response.status).toBe(403);
      expect(response.headerValues('access-control-allow-origin')).toEqual([]);
      expect(response.headerValues('access-control-max-age')).toEqual([]);
    },
  );

  it.each([{ method: 'DELETE' }, { method: 'POST' }, { method: 'PUT' }, { method: 'get' }])(
    'a preflight for the method $method allows GET and HEAD only',
    async ({ method }) => {
      const response = await preflight(edge, APP, method);
      expect(response.headerValues('access-control-allow-methods')).toEqual(['GET, HEAD']);
    },
  );

  it('a preflight gets the same Access-Control-Allow-Headers, whichever headers it requests', async () => {
    const requested = [
      'authorization',
      'Authorization, Range',
      'x-evil',
      '*',
      'authorization,,x-evil',
      'if-none-match',
    ];
    for (const names of requested) {
      const response = await preflight(edge, APP, 'GET', `Access-Control-Request-Headers: ${names}`);
      expect(response.headerValues('access-control-allow-headers')).toEqual([ALLOWED_BY_DEFAULT]);
    }
  });

  it('an OPTIONS request that is not a preflight gets the allowed methods', async () => {
    const response = await sendRawTo(edge, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headerValues('allow')).toEqual(['GET, HEAD, OPTIONS']);
    expect(response.headerValues('cache-control')).toEqual(['no-store']);
  });
});

describe('with ALLOW_CREDENTIALS=true', () => {
  const edge = createCorsEdge({ ...LISTED, ALLOW_CREDENTIALS: 'true' });

  it.each(REQUESTS)('only a listed page may send credentials for $name', async ({ status, request }) => {
    for (const origin of [APP, PREVIEW, FOREIGN, 'null', undefined]) {
      const response = await sendFrom(edge, origin, request);
      const isListed = origin === APP || origin === PREVIEW;
      expect(response.status).toBe(status);
      expect(response.headerValues('access-control-allow-origin')).toEqual(isListed ? [origin] : []);
      expect(response.headerValues('access-control-allow-credentials')).toEqual(isListed ? ['true'] : []);
      for (const name of ['allow-headers', 'allow-methods', 'expose-headers']) {
        expect(response.headerValues(`access-control-${name}`).join()).not.toContain('*');
      }
    }
  });

  it('only a preflight from a listed origin allows credentials', async () => {
    const listed = await preflight(edge, APP);
    const foreign = await preflight(edge, FOREIGN);
    expect(listed.headerValues('access-control-allow-credentials')).toEqual(['true']);
    expect(foreign.headerValues('access-control-allow-credentials')).toEqual([]);
  });
});

describe('without ALLOWED_ORIGINS', () => {
  it('a page of another origin may neither read nor embed nor time a response', async () => {
    const response = await sendFrom(createCorsEdge({}), APP);
    expect(response.status).toBe(200);
    expect(response.headerValues('access-control-allow-origin')).toEqual([]);
    expect(response.headerValues('timing-allow-origin')).toEqual([]);
    expect(response.headerValues('cross-origin-resource-policy')).toEqual(['same-origin']);
    expect(response.headerValues('vary')).toEqual(['Origin']);
  });
});
