import { readFileSync } from 'node:fs';
import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { EVENTS, createLogger, logEntry, serializeError, type LogLevel } from '../src/logging.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from './support/test-edge.ts';
import { findNothing, PATH, ROOM_SID, SID } from './support/recording.ts';

const CANARY = 'canary-5f3e';
const PAGE = 'https://app.example.com';

/** Returns the error of a runtime for a text that is not JSON: its message repeats the text. */
function createSyntaxError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

/** Creates an error whose message has changed since its stack was written. */
function createErrorWithNewMessage(): Error {
  const error = new Error('first\nat canary-99');
  // V8 writes the stack, with the current message, when it is first read.
  const { stack } = error;
  error.message = 'second';
  return Object.assign(error, { stack });
}

describe('the log of an edge', () => {
  it('has one entry for each request', async () => {
    const { request, logEntries } = createTestEdge();
    const response = await request();
    expect(logEntries).toEqual([
      {
        time: new Date(NOW).toISOString(),
        level: 'info',
        event: 'request.completed',
        msg: 'Request completed',
        request_id: response.headers.get('X-Request-Id'),
        method: 'GET',
        route: 'recording',
        status: 200,
        duration_ms: 0,
        cache_status: 'room-recordings; fwd=uri-miss; fwd-status=200; stored',
        room_sid: ROOM_SID,
        recording_sid: SID,
      },
    ]);
  });

  it.each([
    { name: 'a 404 of the source', path: PATH, read: findNothing, entry: { status: 404, code: 'not_found' } },
    {
      name: 'an unknown path',
      path: '/nothing',
      entry: { status: 404, route: 'none', cache_status: undefined },
    },
    {
      name: 'an invalid SID',
      path: `${PATH}.json`,
      entry: { status: 400, code: 'invalid_sid', room_sid: undefined },
    },
    {
      name: '/healthz',
      path: '/healthz',
      entry: { status: 200, route: 'healthz', cache_status: undefined },
    },
  ])('has level info for $name', async ({ path, read, entry }) => {
    const { request, logEntries } = createTestEdge(read);
    await request(path);
    expect(logEntries).toMatchObject([{ level: 'info', ...entry }]);
  });

  it('names a rate-limited client by its network', async () => {
    const variables = { RATE_LIMIT: '1/60', CLIENT_IP_HEADER: 'x-client' };
    const { request, logEntries } = createTestEdge(undefined, variables);
    const headers = { 'X-Client': '192.0.2.7' };
    for (const status of [200, 429]) expect((await request(PATH, { headers })).status).toBe(status);
    expect(logEntries).toMatchObject([
      { client: undefined },
      { status: 429, code: 'rate_limited', client: 'address 192.0.2.7' },
    ]);
  });

  it.each([
    { name: 'is not allowed', allowed: 'https://other.example.com', origin: PAGE, logged: PAGE },
    { name: 'is null', allowed: PAGE, origin: 'null', logged: 'null' },
    { name: 'is allowed', allowed: PAGE, origin: PAGE, logged: undefined },
    { name: 'is allowed with all others', allowed: '*', origin: PAGE, logged: undefined },
    { name: 'has a path', allowed: '', origin: `${PAGE}/${CANARY}`, logged: undefined },
    { name: 'has a query', allowed: '', origin: `${PAGE}?token=${CANARY}`, logged: undefined },
    {
      name: 'has user information',
      allowed: '',
      origin: `https://${CANARY}@app.example.com`,
      logged: undefined,
    },
    {
      name: 'is longer than a host name',
      allowed: '',
      origin: `https://${'x'.repeat(300)}`,
      logged: undefined,
    },
  ])('has the origin $logged of a page whose origin $name', async ({ allowed, origin, logged }) => {
    const { request, logEntries } = createTestEdge(undefined, { ALLOWED_ORIGINS: allowed });
    await request(PATH, { headers: { Origin: origin } });
    await request(PATH, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'GET' },
    });
    expect(logEntries.map((entry) => entry['origin'])).toEqual([logged, logged]);
  });

  it('names the error of a failed read by its code and the code of its innermost cause', async () => {
    const refused = Object.assign(new Error(CANARY), { code: 'ECONNREFUSED' });
    const cause = new TypeError('fetch failed', { cause: refused });
    const error = new RecordingsError('network', CANARY, { cause });
    const { request, logEntries } = createTestEdge(() => Promise.reject(error));
    const requestId = (await request()).headers.get('X-Request-Id');
    expect(logEntries).toMatchObject([
      {
        level: 'error',
        event: 'upstream.read_failed',
        msg: 'Reading a recording from its source failed',
        request_id: requestId,
        code: 'upstream_error',
        error: 'network',
        cause: 'ECONNREFUSED',
        room_sid: ROOM_SID,
        recording_sid: SID,
      },
      {
        level: 'error',
        event: 'request.completed',
        request_id: requestId,
        status: 502,
        code: 'upstream_error',
      },
    ]);
  });

  it('has the status, the error code and the request id of Twilio', async () => {
    const details = { status: 403, twilioCode: 70005, requestId: 'RQ0123' };
    const { request, logEntries } = createTestEdge(() =>
      Promise.reject(new RecordingsError('forbidden', CANARY, details)),
    );
    await request();
    expect(logEntries[0]).toMatchObject({
      error: 'forbidden',
      upstream_status: 403,
      twilio_code: 70005,
      twilio_request_id: 'RQ0123',
      attempts: 0,
    });
  });

  it.each([{ requestId: `${CANARY} x` }, { requestId: 'R'.repeat(65) }, { requestId: '' }])(
    'leaves out the malformed request id "$requestId" of the source',
    async ({ requestId }) => {
      const error = new RecordingsError('upstream', 'x', { status: 500, requestId });
      const { request, logEntries } = createTestEdge(() => Promise.reject(error));
      await request();
      expect(logEntries[0]).toMatchObject({ upstream_status: 500, twilio_request_id: undefined });
    },
  );

  it('names a thrown value that is not an error by its type', async () => {
    const { request, logEntries } = createTestEdge(() => Promise.reject(CANARY));
    await request();
    expect(logEntries[0]).toMatchObject({
      event: 'upstream.read_failed',
      code: 'upstream_error',
      error: 'string',
    });
  });

  it('does not contain a query, a token, a header or the message of an error', async () => {
    const { request, logEntries } = createTestEdge(() => Promise.reject(new Error(CANARY)));
    await request(`${PATH}?token=${CANARY}`, {
      headers: { Authorization: `Bearer ${CANARY}`, Cookie: CANARY },
    });
    expect(logEntries).toHaveLength(2);
    expect(JSON.stringify(logEntries)).not.toContain(CANARY);
  });
});

describe('createLogger()', () => {
  const LEVELS = ['error', 'info', 'debug'] as const;
  const ENTRY = logEntry('log.entries_dropped', NOW, { dropped: 2 });
  const CASES: readonly { readonly level: LogLevel; readonly written: readonly string[] }[] = [
    { level: 'silent', written: [] },
    { level: 'error', written: ['error'] },
    { level: 'info', written: ['error', 'info'] },
    { level: 'debug', written: ['error', 'info', 'debug'] },
  ];

  it.each(CASES)('writes entries of the levels $written at level $level', ({ level, written }) => {
    const texts: string[] = [];
    const logger = createLogger(level, (text) => texts.push(text));
    for (const entryLevel of LEVELS) logger.write({ ...ENTRY, level: entryLevel });
    expect(LEVELS.filter((entryLevel) => logger.wants(entryLevel))).toEqual(written);
    expect(texts).toEqual(written.map((entryLevel) => JSON.stringify({ ...ENTRY, level: entryLevel })));
  });

  it('writes time, level, event and msg first', () => {
    expect(Object.keys(ENTRY)).toEqual(['time', 'level', 'event', 'msg', 'dropped']);
  });
});

describe('serializeError()', () => {
  it.each([
    { name: 'a JSON error', error: createSyntaxError('\nat canary-99') },
    { name: 'a message with such lines', error: new TypeError('No.\n    at canary-99\n    at canary-99') },
    { name: 'a message that is such a line', error: new Error('\nat canary-99') },
    { name: 'a message that was changed', error: createErrorWithNewMessage() },
  ])('leaves out lines of the message that look like stack frames: $name', ({ error }) => {
    expect(JSON.stringify(serializeError(error))).not.toContain('canary');
  });

  it.each([
    { name: 'a message', error: new TypeError('No.') },
    { name: 'an empty message', error: new TypeError() },
    { name: 'its own name as message', error: new TypeError('TypeError') },
  ])('has the type and the stack frames of an error with $name', ({ error }) => {
    expect(serializeError(error)).toMatchObject({ error: 'TypeError' });
    expect(serializeError(error)['stack']).toMatch(/^at .*logging\.test\.ts/);
  });

  it('has at most three stack frames', () => {
    const throwDeep = (depth: number): Error => (depth === 0 ? new TypeError('No.') : throwDeep(depth - 1));
    expect(String(serializeError(throwDeep(9))['stack']).match(/\bat /g)).toHaveLength(3);
  });
});

it('the logging page lists each event with its level', () => {
  const page = readFileSync(new URL('../../docs/logging.md', import.meta.url), 'utf8');
  const rows = page.matchAll(/^\| `([a-z_]+\.[a-z_]+)` +\| `([a-z]+)`/gm);
  const documented = Array.from(rows, ([, event, level]) => [event, level]);
  expect(documented).toEqual(Object.entries(EVENTS).map(([event, [level]]) => [event, level]));
});
