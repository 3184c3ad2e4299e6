import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from '../src/logging.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from './support/test-edge.ts';
import { findNothing, PATH, ROOM_SID, SID } from './support/recording.ts';

const CANARY = 'canary-5f3e';

describe('the log', () => {
  it('has one line a request', async () => {
    const { request, logEntries } = createTestEdge();
    const response = await request();
    expect(logEntries).toEqual([
      {
        level: 'info',
        time: new Date(NOW).toISOString(),
        request_id: response.headers.get('X-Request-Id'),
        method: 'GET',
        route: 'recording',
        status: 200,
        error: undefined,
        ms: 0,
        cache: 'room-recordings; fwd=uri-miss; fwd-status=200; stored',
        room_sid: ROOM_SID,
        recording_sid: SID,
      },
    ]);
  });

  it.each([
    ['what is not found', PATH, findNothing, { level: 'info', status: 404, error: 'not_found' }],
    [
      'what is nowhere',
      '/nothing',
      undefined,
      { level: 'info', status: 404, route: 'none', cache: undefined },
    ],
    [
      'a malformed SID',
      `${PATH}.json`,
      undefined,
      { level: 'info', status: 400, error: 'invalid_sid', room_sid: undefined },
    ],
    [
      'the health check',
      '/healthz',
      undefined,
      { level: 'info', status: 200, route: 'healthz', cache: undefined },
    ],
  ])('names %s', async (_what, path, read, line) => {
    const { request, logEntries } = createTestEdge(read);
    await request(path);
    expect(logEntries).toMatchObject([line]);
  });

  it('names a fault by its code and the code of its innermost cause', async () => {
    const refused = Object.assign(new Error(CANARY), { code: 'ECONNREFUSED' });
    const cause = new TypeError('fetch failed', { cause: refused });
    const { request, logEntries } = createTestEdge(() =>
      Promise.reject(new RecordingsError('network', CANARY, { cause })),
    );
    await request();
    expect(logEntries).toMatchObject([
      {
        level: 'error',
        upstream: 'upstream_error',
        fault: 'network',
        cause: 'ECONNREFUSED',
        recording_sid: SID,
      },
      { level: 'error', status: 502, error: 'upstream_error' },
    ]);
  });

  it('has the numbers of what the source answered', async () => {
    const details = { status: 403, twilioCode: 70005 };
    const { request, logEntries } = createTestEdge(() =>
      Promise.reject(new RecordingsError('forbidden', CANARY, details)),
    );
    await request();
    expect(logEntries[0]).toMatchObject({
      fault: 'forbidden',
      upstream_status: 403,
      twilio_code: 70005,
      tries: 0,
    });
  });

  it('names what was thrown and is no error by its type', async () => {
    const { request, logEntries } = createTestEdge(() => Promise.reject(CANARY));
    await request();
    expect(logEntries[0]).toMatchObject({ upstream: 'upstream_error', fault: 'string' });
  });

  it('S26: holds no query, token, header or message of a fault', async () => {
    const { request, logEntries } = createTestEdge(() => Promise.reject(new Error(CANARY)));
    await request(`${PATH}?token=${CANARY}`, {
      headers: { Authorization: `Bearer ${CANARY}`, Cookie: CANARY },
    });
    expect(logEntries).toHaveLength(2);
    expect(JSON.stringify(logEntries)).not.toContain(CANARY);
  });
});

describe('writeLog', () => {
  const LEVELS = ['error', 'info', 'debug'] as const;

  it.each([
    ['silent', []],
    ['error', ['error']],
    ['info', ['error', 'info']],
    ['debug', ['error', 'info', 'debug']],
  ] as const)('at %s writes %j', (level: LogLevel, written) => {
    const texts: string[] = [];
    const log = createLogger(level, (text) => texts.push(text));
    for (const each of LEVELS) log.write({ level: each, status: 200 });
    expect(LEVELS.filter((each) => log.wants(each))).toEqual(written);
    expect(texts).toEqual(written.map((each) => `{"level":"${each}","status":200}`));
  });
});
