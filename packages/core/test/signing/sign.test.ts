import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, signRecordingUrl } from '../../src/signing/index.ts';
import { KEY, NEXT_KEY, NOW, URL_TO_SIGN } from './urls.ts';

const options = { keys: [KEY], expiresIn: 600, now: NOW };
const EXPIRES = NOW / 1000 + 600;

describe('`signRecordingUrl()`', () => {
  it('adds key id, expiry and an HMAC-SHA-256 over purpose, key id, path and sorted query', async () => {
    const signed = await signRecordingUrl(`${URL_TO_SIGN}?b=2&a=1&b=1`, options);
    // Computed by Python's hmac over the lines `room-recordings url 1`, `march`, the path, `a=1`, `b=2`, `b=1`, `expires=…`, `kid=march`.
    const mac = 'eEomWEA-7ELc3C9ciYMpEFhV6WFhUD0_JcxfpGJv8Fc';
    expect(signed).toBe(`${URL_TO_SIGN}?b=2&a=1&b=1&kid=march&expires=${EXPIRES}&signature=${mac}`);
  });

  it('signs with the first key', async () => {
    const signed = await signRecordingUrl(URL_TO_SIGN, { ...options, keys: [NEXT_KEY, KEY] });
    expect(new URL(signed).searchParams.get('kid')).toBe('april');
  });

  it('replaces an existing signature', async () => {
    const old = await signRecordingUrl(`${URL_TO_SIGN}?a=1`, { ...options, keys: [NEXT_KEY], expiresIn: 1 });
    expect(await signRecordingUrl(old, options)).toBe(await signRecordingUrl(`${URL_TO_SIGN}?a=1`, options));
  });

  it('uses the current time by default', async () => {
    const before = Math.floor(Date.now() / 1000);
    const signed = await signRecordingUrl(URL_TO_SIGN, { keys: [KEY], expiresIn: 60 });
    const expires = Number(new URL(signed).searchParams.get('expires'));
    expect(expires).toBeGreaterThanOrEqual(before + 60);
    expect(expires).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 60);
  });

  it('accepts a secret of 32 bytes or more with any characters', async () => {
    for (const secret of ['x'.repeat(32), 'x'.repeat(5000), 'Schlüssel für Räume 🔑🔑🔑']) {
      await expect(
        signRecordingUrl(URL_TO_SIGN, { ...options, keys: [{ id: 'k', secret }] }),
      ).resolves.toContain('signature=');
    }
  });

  it.each([0, -1, 0.5, 86_401, Number.NaN, Number.POSITIVE_INFINITY])(
    'rejects an expiresIn of %s',
    async (expiresIn) => {
      await expect(signRecordingUrl(URL_TO_SIGN, { ...options, expiresIn })).rejects.toThrow(
        new InvalidArgumentError('expiresIn must be an integer from 1 to 86400 seconds.'),
      );
    },
  );

  it('rejects a relative URL and does not repeat it', async () => {
    await expect(signRecordingUrl('/v1/Rooms?token=canary', options)).rejects.toThrow(
      new InvalidArgumentError('url must be an absolute URL.'),
    );
  });

  it.each([
    { name: 'no key', keys: [] },
    { name: 'an id that a URL would have to encode', keys: [{ ...KEY, id: 'a b' }] },
    { name: 'an empty id', keys: [{ ...KEY, id: '' }] },
    { name: 'an empty secret', keys: [{ id: 'a', secret: '' }] },
    { name: 'two keys with the same id', keys: [KEY, { ...NEXT_KEY, id: KEY.id }] },
  ])('rejects $name and does not repeat a secret', async ({ keys }) => {
    const error: unknown = await signRecordingUrl(URL_TO_SIGN, { ...options, keys }).catch(
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(String(error)).not.toContain('secret of');
  });
});
