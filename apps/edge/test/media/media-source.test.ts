import { describe, expect, it } from 'vitest';
import { PROBLEM_TYPES } from '../../src/http/error-codes.ts';
import { createArchiveMedia, MediaError } from '../../src/media/media-source.ts';
import { RECORDING_REF } from '../support/recording.ts';

describe('MediaError', () => {
  it.each([
    { name: 'missing', code: 'media_unavailable', status: 404 },
    { name: 'empty', code: 'media_unavailable', status: 404 },
    { name: 'external', code: 'media_unavailable', status: 404 },
    { name: 'encrypted', code: 'media_unavailable', status: 404 },
    { name: 'changed', code: 'upstream_error', status: 502 },
    { name: 'failed', code: 'upstream_error', status: 502 },
  ] as const)('has the code $code and a detail of its own for the reason $name', ({ name, code, status }) => {
    const error = new MediaError(name);
    expect(error).toMatchObject({ reason: name, code, retryAfter: undefined });
    expect(error.detail).toMatch(/^[A-Z].*\.$/);
    expect(PROBLEM_TYPES[error.code].status).toBe(status);
  });

  it('prefers the code, the detail and the Retry-After that it is created with', () => {
    const details = { code: 'upstream_unavailable', detail: 'Retry later.', retryAfter: 7 } as const;
    expect(new MediaError('failed', details)).toMatchObject({ message: 'Retry later.', ...details });
  });
});

describe('createArchiveMedia()', () => {
  const signal = new AbortController().signal;
  const range = { start: 0, end: 1 };

  it.each([
    { name: 'of the storage of Twilio', externalLocation: null, reason: 'missing' },
    {
      name: 'of a bucket of the account',
      externalLocation: 'https://bucket.example.com/a',
      reason: 'external',
    },
  ])('gives a missing file $name the reason $reason', async ({ externalLocation, reason }) => {
    const { open } = createArchiveMedia(() => Promise.resolve('missing'));
    await expect(open(RECORDING_REF, range, { signal, externalLocation })).rejects.toMatchObject({ reason });
  });

  it('opens the copy of a file of a bucket of the account', async () => {
    const copy = { body: new ReadableStream<never>(), size: 1, etag: null, encrypted: false };
    const { open } = createArchiveMedia(() => Promise.resolve(copy));
    expect(
      await open(RECORDING_REF, range, { signal, externalLocation: 'https://bucket.example.com/a' }),
    ).toBe(copy);
  });
});
