import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, RecordingsError, RoomRecordingsError } from '../src/errors.ts';
import { UrlSignatureError } from '../src/signing/index.ts';

describe('RecordingsError', () => {
  it('is an Error with a name, a code and a message', () => {
    const error = new RecordingsError('not_found', 'There is no such recording.');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('RecordingsError');
    expect(error.code).toBe('not_found');
    expect(error.message).toBe('There is no such recording.');
    expect(String(error)).toBe('RecordingsError: There is no such recording.');
  });

  it('has no details and no own property `cause` by default', () => {
    const error = new RecordingsError('timeout', 'Too late.');
    expect(error.status).toBeUndefined();
    expect(error.retryAfter).toBeUndefined();
    expect(error.requestId).toBeUndefined();
    expect(error.twilioCode).toBeUndefined();
    expect(error.edgeCode).toBeUndefined();
    expect(error.issues).toEqual([]);
    expect(Object.hasOwn(error, 'cause')).toBe(false);
  });

  it('has the details that the constructor received', () => {
    const issues = [
      { message: 'The value must be a status.', path: ['status'], expected: 'a status', received: '"gone"' },
    ];
    const error = new RecordingsError('rate_limited', 'Slow down.', {
      status: 429,
      retryAfter: 3,
      requestId: 'RQ1',
      issues,
      twilioCode: 20429,
      edgeCode: 'rate_limited',
    });
    expect(error).toMatchObject({
      status: 429,
      retryAfter: 3,
      requestId: 'RQ1',
      issues,
      twilioCode: 20429,
      edgeCode: 'rate_limited',
    });
  });

  it.each([
    { name: 'an error', cause: new TypeError('fetch failed') },
    { name: 'a string', cause: 'user left' },
    { name: 'null', cause: null },
  ])('has $name as its cause, which is not enumerable', ({ cause }) => {
    const error = new RecordingsError('network', 'No response was received.', { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
  });

  it('enumerates its name, code and details, but not its cause', () => {
    const error = new RecordingsError('upstream', 'No.', { status: 500, cause: new Error('x') });
    expect(Object.keys(error).toSorted()).toEqual([
      'code',
      'edgeCode',
      'issues',
      'name',
      'requestId',
      'retryAfter',
      'status',
      'twilioCode',
    ]);
  });
});

describe('InvalidArgumentError', () => {
  it('is an Error with the code invalid_argument', () => {
    const error = new InvalidArgumentError('url must be an absolute URL.');
    expect(error).toMatchObject({ name: 'InvalidArgumentError', code: 'invalid_argument' });
    expect(String(error)).toBe('InvalidArgumentError: url must be an absolute URL.');
  });
});

describe('RoomRecordingsError', () => {
  it.each([
    { name: 'RecordingsError', error: new RecordingsError('network', 'No response was received.') },
    { name: 'InvalidArgumentError', error: new InvalidArgumentError('url must be an absolute URL.') },
    { name: 'UrlSignatureError', error: new UrlSignatureError('url_expired') },
  ])('is the base class of $name', ({ error }) => {
    expect(error).toBeInstanceOf(RoomRecordingsError);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toEqual(expect.any(String));
  });
});
