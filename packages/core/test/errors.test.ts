import { describe, expect, it } from 'vitest';
import { RecordingsError } from '../src/errors.ts';

describe('RecordingsError', () => {
  it('is an Error with a name, a code and a sentence', () => {
    const error = new RecordingsError('not_found', 'There is no such recording.');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('RecordingsError');
    expect(error.code).toBe('not_found');
    expect(error.message).toBe('There is no such recording.');
    expect(String(error)).toBe('RecordingsError: There is no such recording.');
  });

  it('knows nothing further unless told, and has no cause then', () => {
    const error = new RecordingsError('timeout', 'Too late.');
    expect(error.status).toBeUndefined();
    expect(error.retryAfter).toBeUndefined();
    expect(error.requestId).toBeUndefined();
    expect(error.issues).toEqual([]);
    expect(Object.hasOwn(error, 'cause')).toBe(false);
  });

  it('keeps what it is told', () => {
    const issues = [{ path: 'status', expected: 'a status', received: '"gone"' }];
    const error = new RecordingsError('rate_limited', 'Slow down.', {
      status: 429,
      retryAfter: 3,
      requestId: 'RQ1',
      issues,
    });
    expect(error).toMatchObject({ status: 429, retryAfter: 3, requestId: 'RQ1', issues });
  });

  it.each([
    ['an error', new TypeError('fetch failed')],
    ['a text', 'user left'],
    ['null', null],
  ])('keeps %s as its cause, out of what is enumerated', (_what, cause) => {
    const error = new RecordingsError('network', 'The server could not be read.', { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
  });

  it('enumerates its name and the six facts', () => {
    const error = new RecordingsError('upstream', 'No.', { status: 500, cause: new Error('x') });
    expect(Object.keys(error).toSorted()).toEqual([
      'code',
      'issues',
      'name',
      'requestId',
      'retryAfter',
      'status',
      'twilioCode',
    ]);
  });
});
