import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { findNothing, PATH, RECORDING, ROOM_SID } from '../support/recording.ts';
import { sendOverWire, type WireAnswer, type WireRequest } from '../wire.ts';

const APP = 'https://app.example.com';
const PREVIEW = 'https://pr-7.preview.example.com';
const FOREIGN = 'https://evil.example';
const LISTED = { ALLOWED_ORIGINS: `${APP}, https://*.preview.example.com` };

const MISSING = `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`;
const FAILING = `/v1/Rooms/${ROOM_SID}/Recordings/RT${'f'.repeat(32)}`;

/** One way to each kind of answer. */
const REQUESTS: readonly (readonly [number, WireRequest])[] = [
  [200, {}],
  [200, { method: 'HEAD' }],
  [200, { path: '/healthz' }],
  [200, { path: '/readyz' }],
  [200, { path: '/errors' }],
  [204, { method: 'OPTIONS' }],
  [304, { fields: ['If-None-Match: *'] }],
  [400, { path: `/v1/Rooms/${ROOM_SID}/Recordings/x` }],
  [404, { path: MISSING }],
  [404, { path: '/nothing' }],
  [405, { method: 'DELETE' }],
  [412, { fields: ['If-Match: "x"'] }],
  [414, { path: `${PATH}?${'a'.repeat(2049)}` }],
  [502, { path: FAILING }],
];

const NAMED = REQUESTS.map(
  ([status, request]) =>
    [status, request.method ?? 'GET', request.path?.slice(0, 9) ?? 'a recording', request] as const,
);

function edgeOf(variables: Readonly<Record<string, string>>): TestEdge {
  return createTestEdge((id) => {
    if (FAILING.endsWith(id.sid)) return Promise.reject(new Error('down'));
    return MISSING.endsWith(id.sid) ? findNothing(id) : Promise.resolve(RECORDING);
  }, variables);
}

/** Sends a request from a page of that origin; undefined is no page at all. */
function sendFrom(
  edge: TestEdge,
  origin: string | undefined,
  request: WireRequest = {},
): Promise<WireAnswer> {
  const fields = [...(request.fields ?? []), ...(origin === undefined ? [] : [`Origin: ${origin}`])];
  return sendOverWire(edge, { ...request, fields });
}

function preflight(edge: TestEdge, origin: string, ...asked: readonly string[]): Promise<WireAnswer> {
  const [method = 'GET', ...fields] = asked;
  return sendFrom(edge, origin, {
    method: 'OPTIONS',
    fields: [`Access-Control-Request-Method: ${method}`, ...fields],
  });
}

const EXPOSED =
  'ETag, Age, Date, Cache-Status, Retry-After, X-Request-Id, Link, Content-Range, Accept-Ranges, WWW-Authenticate';

describe('over the wire, ALLOWED_ORIGINS=*', () => {
  const edge = edgeOf({ ALLOWED_ORIGINS: '*' });

  it.each(NAMED)('C01, C09, C10: any page may read a %i: %s %s', async (status, _method, _path, request) => {
    for (const origin of [APP, FOREIGN, 'null', undefined]) {
      const answer = await sendFrom(edge, origin, request);
      expect(answer.status).toBe(status);
      expect(answer.fields('access-control-allow-origin')).toEqual(['*']);
      expect(answer.fields('access-control-expose-headers')).toEqual([EXPOSED]);
      expect(answer.fields('access-control-allow-credentials')).toEqual([]);
      expect(answer.fields('vary')).toEqual([]);
      expect(answer.fields('cross-origin-resource-policy')).toEqual(['cross-origin']);
      expect(answer.fields('timing-allow-origin')).toEqual(['*']);
    }
  });

  it('C11: answers the origin null with *, and never with null', async () => {
    const answer = await sendFrom(edge, 'null');
    expect(answer.fields('access-control-allow-origin')).toEqual(['*']);
  });

  it('C16: a read without fields of its own, or with a Range, is answered where no preflight came before it', async () => {
    for (const fields of [[], ['Range: bytes=0-9'], ['Accept: application/json']]) {
      const answer = await sendFrom(edge, FOREIGN, { fields });
      expect(answer.status).toBe(200);
      expect(answer.fields('access-control-allow-origin')).toEqual(['*']);
    }
  });

  it('C17: a page is never let into a private network', async () => {
    const answer = await preflight(edge, APP, 'GET', 'Access-Control-Request-Private-Network: true');
    expect(answer.status).toBe(204);
    expect(answer.fields('access-control-allow-private-network')).toEqual([]);
  });
});

describe('over the wire, a list of origins', () => {
  const edge = edgeOf(LISTED);

  it.each(NAMED)(
    'C02, C10, R35: a listed page may read a %i, and Vary is the same for all: %s %s',
    async (status, _method, _path, request) => {
      for (const origin of [APP, PREVIEW, FOREIGN, 'null', undefined]) {
        const answer = await sendFrom(edge, origin, request);
        const listed = origin === APP || origin === PREVIEW ? [origin] : [];
        expect(answer.status).toBe(status);
        expect(answer.fields('access-control-allow-origin')).toEqual(listed);
        expect(answer.fields('timing-allow-origin')).toEqual(listed);
        expect(answer.fields('vary')).toEqual(['Origin']);
        expect(answer.fields('access-control-expose-headers')).toEqual([EXPOSED]);
        expect(answer.fields('access-control-allow-credentials')).toEqual([]);
      }
    },
  );

  it('C02, S66: two origins at once are none', async () => {
    const two = await sendOverWire(edge, { fields: [`Origin: ${APP}`, `Origin: ${APP}`] });
    expect(two.status).toBe(200);
    expect(two.fields('access-control-allow-origin')).toEqual([]);
  });

  it('S21: an entry that one origin filled names no origin to another', async () => {
    const fresh = edgeOf(LISTED);
    const origins = [APP, FOREIGN, PREVIEW, undefined];
    const answers: WireAnswer[] = [];
    for (const origin of origins) answers.push(await sendFrom(fresh, origin));
    expect(fresh.reads).toHaveLength(1);
    expect(answers.map(({ fields }) => fields('access-control-allow-origin'))).toEqual([
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

describe('over the wire, a preflight', () => {
  const edge = edgeOf(LISTED);

  it.each([APP, PREVIEW])(
    'C04, C07, C08: of %s is allowed without a token, a read of the source or an entry',
    async (origin) => {
      const answer = await preflight(edge, origin);
      expect(answer.status).toBe(204);
      expect(answer.fields('access-control-allow-origin')).toEqual([origin]);
      expect(answer.fields('access-control-allow-methods')).toEqual(['GET, HEAD']);
      expect(answer.fields('access-control-max-age')).toEqual(['7200']);
      expect(answer.fields('cache-control')).toEqual(['no-store']);
      expect(answer.fields('cache-status')).toEqual([]);
      expect(answer.body).toBe('');
      expect(edge.reads).toEqual([]);
    },
  );

  it.each([FOREIGN, 'null'])('C05, C11: of %s is refused, and nothing is allowed', async (origin) => {
    const answer = await preflight(edge, origin);
    expect(answer.status).toBe(403);
    expect(answer.fields('access-control-allow-origin')).toEqual([]);
    expect(answer.fields('access-control-max-age')).toEqual([]);
  });

  it.each(['DELETE', 'POST', 'PUT', 'get'])('C05, C07: for %s gets GET and HEAD alone', async (method) => {
    const answer = await preflight(edge, APP, method);
    expect(answer.fields('access-control-allow-methods')).toEqual(['GET, HEAD']);
  });

  it('C06, S68: gets one list of fields, whatever it asks for', async () => {
    const asked = [
      'authorization',
      'Authorization, Range',
      'x-evil',
      '*',
      'authorization,,x-evil',
      'if-none-match',
    ];
    for (const names of asked) {
      const answer = await preflight(edge, APP, 'GET', `Access-Control-Request-Headers: ${names}`);
      expect(answer.fields('access-control-allow-headers')).toEqual([ALLOWED_BY_DEFAULT]);
    }
  });
});

describe('over the wire, ALLOW_CREDENTIALS=true', () => {
  const edge = edgeOf({ ...LISTED, ALLOW_CREDENTIALS: 'true' });

  it.each(NAMED)(
    'C03, S68: says true to an origin that is named, and nothing to others, on a %i: %s %s',
    async (status, _method, _path, request) => {
      for (const origin of [APP, PREVIEW, FOREIGN, 'null', undefined]) {
        const answer = await sendFrom(edge, origin, request);
        const isListed = origin === APP || origin === PREVIEW;
        expect(answer.status).toBe(status);
        expect(answer.fields('access-control-allow-origin')).toEqual(isListed ? [origin] : []);
        expect(answer.fields('access-control-allow-credentials')).toEqual(isListed ? ['true'] : []);
        for (const name of ['allow-headers', 'allow-methods', 'expose-headers']) {
          expect(answer.fields(`access-control-${name}`).join()).not.toContain('*');
        }
      }
    },
  );

  it('C03: says so to a preflight too', async () => {
    const allowed = await preflight(edge, APP);
    const refused = await preflight(edge, FOREIGN);
    expect(allowed.fields('access-control-allow-credentials')).toEqual(['true']);
    expect(refused.fields('access-control-allow-credentials')).toEqual([]);
  });
});

describe('over the wire, no origin listed', () => {
  it('C02, C15: lets no page read or time anything', async () => {
    const answer = await sendFrom(edgeOf({}), APP);
    expect(answer.status).toBe(200);
    expect(answer.fields('access-control-allow-origin')).toEqual([]);
    expect(answer.fields('timing-allow-origin')).toEqual([]);
    expect(answer.fields('vary')).toEqual(['Origin']);
  });
});
