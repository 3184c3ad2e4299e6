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
  it('has the members of RFC 9457 and those of Twilio', async () => {
    const response = await createTestEdge(findNothing).request();
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    const help = 'The path does not exist, or the room has no such recording.';
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

  it('has no code if Twilio has none for the error', () => {
    const text = serializeProblem('internal', 'x', { requestId: '1', publicUrl: PUBLIC_URL });
    expect(JSON.parse(text)).not.toHaveProperty('code');
  });
});

describe('an error of the source', () => {
  it.each([
    { code: 'unauthorized', details: { status: 401 }, status: 502, error: 'upstream_auth' },
    { code: 'forbidden', details: { status: 403 }, status: 502, error: 'upstream_auth' },
    { code: 'rate_limited', details: { status: 429 }, status: 503, error: 'upstream_rate_limited' },
    { code: 'timeout', details: {}, status: 504, error: 'upstream_timeout' },
    { code: 'aborted', details: {}, status: 504, error: 'upstream_timeout' },
    { code: 'network', details: {}, status: 502, error: 'upstream_error' },
    { code: 'invalid_request', details: { status: 400 }, status: 502, error: 'upstream_error' },
    { code: 'invalid_response', details: { status: 200 }, status: 502, error: 'upstream_invalid' },
    { code: 'mismatch', details: { status: 200 }, status: 502, error: 'upstream_mismatch' },
    { code: 'upstream', details: { status: 500 }, status: 502, error: 'upstream_error' },
    { code: 'upstream', details: { status: 503 }, status: 503, error: 'upstream_unavailable' },
    { code: 'upstream', details: { status: 504 }, status: 504, error: 'upstream_timeout' },
    { code: 'upstream', details: { status: 302 }, status: 502, error: 'upstream_redirect' },
    { code: 'upstream', details: { status: 0 }, status: 502, error: 'upstream_redirect' },
    { code: 'upstream', details: { status: 206 }, status: 502, error: 'upstream_invalid' },
    { code: 'upstream', details: {}, status: 502, error: 'upstream_error' },
  ] as const)(
    'gets a $status $error that may not be stored: $code $details',
    async ({ code, details, status, error }) => {
      const response = await failWith(code, details);
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect(JSON.parse(text)).toMatchObject({ status, error });
      expect(JSON.parse(text)).not.toHaveProperty('title');
      expect(text).not.toContain(CANARY);
    },
  );

  it('without a response gets a 502 that does not contain its message', async () => {
    const response = await createTestEdge(() => Promise.reject(new TypeError(CANARY))).request();
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain(CANARY);
  });

  it('has the path of each invalid value and not the value', async () => {
    const issue = { message: 'The value must be completed.', expected: 'completed', received: CANARY };
    const error = new RecordingsError('invalid_response', CANARY, {
      issues: [
        { ...issue, path: ['status'] },
        { ...issue, path: [], expected: 'an object' },
      ],
    });
    const response = await createTestEdge(() => Promise.reject(error)).request();
    const text = await response.text();
    expect(text).toContain('At status: expected completed; the body: expected an object.');
    expect(text).not.toContain(CANARY);
  });

  it('has the paths of the first five of many invalid values', async () => {
    const paths = ['sid', 'type', 'codec', 'status', 'size', 'offset', 'duration'];
    const issues = paths.map((name) => ({
      message: 'The value must be a string.',
      path: [name],
      expected: 'a string',
      received: CANARY,
    }));
    const error = new RecordingsError('invalid_response', CANARY, { issues });
    const text = await (await createTestEdge(() => Promise.reject(error)).request()).text();
    expect(text).toContain('At sid: expected a string; type: expected a string; codec: expected a string; ');
    expect(text).toContain('; size: expected a string.');
    expect(text).not.toContain('offset');
  });

  it('has the attribute and not a member name that the source chose', async () => {
    const issues = [
      {
        message: 'The value must be a string.',
        path: ['grouping_sids', CANARY],
        expected: 'a string',
        received: '5',
      },
    ];
    const error = new RecordingsError('invalid_response', CANARY, { issues });
    const response = await createTestEdge(() => Promise.reject(error)).request();
    const text = await response.text();
    expect(text).toContain('At grouping_sids: expected a string.');
    expect(text).not.toContain(CANARY);
  });

  it.each([
    { retryAfter: undefined, header: '5' },
    { retryAfter: 0, header: '1' },
    { retryAfter: 30, header: '30' },
    { retryAfter: 86_400, header: '60' },
  ])('has Retry-After: $header for a Retry-After of $retryAfter seconds', async ({ retryAfter, header }) => {
    const response = await failWith('rate_limited', {
      status: 429,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    expect(response.headers.get('Retry-After')).toBe(header);
  });

  it('has no Retry-After if a retry cannot help', async () => {
    for (const code of ['invalid_response', 'upstream'] as const) {
      const response = await failWith(code);
      expect(response.status).toBe(502);
      expect(response.headers.get('Retry-After')).toBeNull();
    }
  });
});

describe('an error of the edge', () => {
  it('gets a 500 with the request id that does not contain the error', async () => {
    const broken = {
      get status(): never {
        throw new TypeError(CANARY);
      },
    };
    // Simulates a defect: a source may not return such an object.
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
  it('explains every error code at the anchor that a problem document links to', async () => {
    const response = await createTestEdge().request('/errors');
    const page = await response.text();
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=3600');
    for (const [code, { status, title }] of Object.entries(PROBLEM_TYPES)) {
      expect(page).toContain(`<dt id="${code}"><code>${code}</code> · ${status} ${title}</dt>`);
    }
  });

  it('gets a 405 for a POST', async () => {
    const response = await createTestEdge().request('/errors', { method: 'POST' });
    expect(response.status).toBe(405);
  });
});
