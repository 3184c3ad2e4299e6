import { RecordingsError, type RecordingsErrorCode } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { PROBLEM_TYPES } from '../../src/http/error-codes.ts';
import { serializeProblem } from '../../src/http/respond.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PUBLIC_URL } from '../support/recording.ts';

const CANARY = 'canary-5f3e';

function failWith(
  code: RecordingsErrorCode,
  details: { status?: number; retryAfter?: number } = {},
): Promise<Response> {
  return createTestEdge(() => Promise.reject(new RecordingsError(code, CANARY, details))).request();
}

describe('a problem document', () => {
  it('R55: has the members of RFC 9457 and those of Twilio', async () => {
    const response = await createTestEdge(findNothing).request();
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    const help = 'There is no such path, or no such recording in that room.';
    expect(await response.json()).toEqual({
      type: `${PUBLIC_URL}/errors#not_found`,
      status: 404,
      detail: help,
      error: 'not_found',
      code: 20404,
      message: help,
      more_info: `${PUBLIC_URL}/errors#not_found`,
      request_id: response.headers.get('X-Request-Id'),
    });
  });

  it('has no code where Twilio has none', () => {
    const text = serializeProblem('internal', 'x', { requestId: '1', publicUrl: PUBLIC_URL });
    expect(JSON.parse(text)).not.toHaveProperty('code');
  });
});

describe('a fault of the source', () => {
  it.each([
    ['unauthorized', { status: 401 }, 502, 'upstream_auth'],
    ['forbidden', { status: 403 }, 502, 'upstream_auth'],
    ['rate_limited', { status: 429 }, 503, 'upstream_rate_limited'],
    ['timeout', {}, 504, 'upstream_timeout'],
    ['aborted', {}, 504, 'upstream_timeout'],
    ['network', {}, 502, 'upstream_error'],
    ['invalid_request', { status: 400 }, 502, 'upstream_error'],
    ['invalid_response', { status: 200 }, 502, 'upstream_invalid'],
    ['mismatch', { status: 200 }, 502, 'upstream_mismatch'],
    ['upstream', { status: 500 }, 502, 'upstream_error'],
    ['upstream', { status: 503 }, 503, 'upstream_unavailable'],
    ['upstream', { status: 504 }, 504, 'upstream_timeout'],
    ['upstream', { status: 302 }, 502, 'upstream_redirect'],
    ['upstream', { status: 0 }, 502, 'upstream_redirect'],
    ['upstream', { status: 206 }, 502, 'upstream_invalid'],
    ['upstream', {}, 502, 'upstream_error'],
  ] as const)('R42, R56, R57: %s %j answers %i %s, kept by nobody', async (code, details, status, error) => {
    const response = await failWith(code, details);
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(JSON.parse(text)).toMatchObject({ status, error });
    expect(JSON.parse(text)).not.toHaveProperty('title');
    expect(text).not.toContain(CANARY);
  });

  it('R57: that is no answer at all is an error of the source, and its message stays inside', async () => {
    const response = await createTestEdge(() => Promise.reject(new TypeError(CANARY))).request();
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain(CANARY);
  });

  it('says where an answer is no recording, and never what was there', async () => {
    const issue = { message: 'The value must be completed.', expected: 'completed', received: CANARY };
    const fault = new RecordingsError('invalid_response', CANARY, {
      issues: [
        { ...issue, path: ['status'] },
        { ...issue, path: [], expected: 'an object' },
      ],
    });
    const response = await createTestEdge(() => Promise.reject(fault)).request();
    const text = await response.text();
    expect(text).toContain('At status: expected completed; the whole: expected an object.');
    expect(text).not.toContain(CANARY);
  });

  it('names the first five attributes of many that are wrong', async () => {
    const paths = ['sid', 'type', 'codec', 'status', 'size', 'offset', 'duration'];
    const issues = paths.map((name) => ({
      message: 'The value must be a string.',
      path: [name],
      expected: 'a string',
      received: CANARY,
    }));
    const fault = new RecordingsError('invalid_response', CANARY, { issues });
    const text = await (await createTestEdge(() => Promise.reject(fault)).request()).text();
    expect(text).toContain('At sid: expected a string; type: expected a string; codec: expected a string; ');
    expect(text).toContain('; size: expected a string.');
    expect(text).not.toContain('offset');
  });

  it('S26: names the attribute alone where the source chose the name below it', async () => {
    const issues = [
      {
        message: 'The value must be a string.',
        path: ['grouping_sids', CANARY],
        expected: 'a string',
        received: '5',
      },
    ];
    const fault = new RecordingsError('invalid_response', CANARY, { issues });
    const response = await createTestEdge(() => Promise.reject(fault)).request();
    const text = await response.text();
    expect(text).toContain('At grouping_sids: expected a string.');
    expect(text).not.toContain(CANARY);
  });

  it.each([
    [undefined, '5'],
    [0, '1'],
    [30, '30'],
    [86_400, '60'],
  ])('R25: a wait of %s seconds becomes Retry-After: %s', async (retryAfter, sent) => {
    const response = await failWith('rate_limited', {
      status: 429,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    expect(response.headers.get('Retry-After')).toBe(sent);
  });

  it('asks nobody to wait where trying again is of no use', async () => {
    const response = await failWith('invalid_response');
    expect(response.headers.get('Retry-After')).toBeNull();
  });
});

describe('a fault of the edge', () => {
  it('S28: answers 500 with the request id and nothing else of it', async () => {
    const broken = {
      get status(): never {
        throw new TypeError(CANARY);
      },
    };
    // Stands for a defect: an object that no source may give.
    const edge = createTestEdge(() => Promise.resolve(broken as never));
    const response = await edge.request();
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      error: 'internal',
      request_id: response.headers.get('X-Request-Id'),
    });
    expect(text).not.toContain(CANARY);
    expect(edge.logEntries).toMatchObject([
      { event: 'request.failed', request_id: response.headers.get('X-Request-Id'), error: 'TypeError' },
      { event: 'request.completed', level: 'error', status: 500, code: 'internal' },
    ]);
    expect(JSON.stringify(edge.logEntries)).not.toContain(CANARY);
  });
});

describe('/errors', () => {
  it('explains every code, where the type of a problem points', async () => {
    const response = await createTestEdge().request('/errors');
    const page = await response.text();
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=3600');
    for (const [code, { status, title }] of Object.entries(PROBLEM_TYPES)) {
      expect(page).toContain(`<dt id="${code}"><code>${code}</code> · ${status} ${title}</dt>`);
    }
  });

  it('is read and nothing else', async () => {
    const response = await createTestEdge().request('/errors', { method: 'POST' });
    expect(response.status).toBe(405);
  });
});
