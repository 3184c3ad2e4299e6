import { verifyUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import type { MediaSigningKeys } from '../../src/config/media-config.ts';
import {
  computeMediaUrlExpiry,
  createMediaUrlSigner,
  parseMediaUrlClient,
} from '../../src/media/media-url.ts';
import { PATH, PUBLIC_URL, parseTarget } from '../support/recording.ts';

const SECONDS = NOW / 1000;
const KEYS = [{ id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a' }];
const keys: MediaSigningKeys = async () => KEYS;

function createParts(changes: object = {}) {
  const target = parseTarget(`${PATH}/Media`);
  if (target.kind !== 'media') throw new Error('The path is not that of media.');
  return { id: target.id, publicUrl: PUBLIC_URL, client: 'token 1abc', expires: SECONDS + 600, ...changes };
}

describe('createMediaUrlSigner()', () => {
  it('signs the path, the format, the client and the time of expiry', async () => {
    const url = await createMediaUrlSigner(keys)(createParts({ format: 'matroska' }));
    expect(url.replace(/[\w-]{43}$/, '')).toBe(
      `${PUBLIC_URL}${PATH}/Media?format=matroska&client=token+1abc&kid=march&expires=${SECONDS + 600}&signature=`,
    );
    expect(await verifyUrl(url, { keys: KEYS, now: NOW })).toEqual({
      kid: 'march',
      expires: SECONDS + 600,
      path: `${PATH}/Media`,
    });
  });

  it('has no parameter format for the default format', async () => {
    expect(await createMediaUrlSigner(keys)(createParts())).toContain('/Media?client=token+1abc&kid=march&');
  });

  it('signs with the first of several keys', async () => {
    const both: MediaSigningKeys = async () => [{ id: 'april', secret: 'x'.repeat(32) }, ...KEYS];
    expect(await createMediaUrlSigner(both)(createParts())).toContain('&kid=april&');
  });

  it('derives and imports the key once for 1,000 URLs', async () => {
    const { mediaSigningKeys } = parseConfig({ TWILIO_AUTH_TOKEN: 'canary-of-the-auth-token' });
    if (mediaSigningKeys === undefined) throw new Error('The config has no key.');
    const deriving = vi.spyOn(crypto.subtle, 'deriveBits');
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const sign = createMediaUrlSigner(mediaSigningKeys);
    const urls = await Promise.all(
      Array.from({ length: 1_000 }, (_, nth) => sign(createParts({ expires: SECONDS + nth }))),
    );
    expect(new Set(urls).size).toBe(1_000);
    expect(deriving).toHaveBeenCalledTimes(1);
    // One import for the derivation, and one for the signatures.
    expect(importing).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });
});

describe('computeMediaUrlExpiry()', () => {
  it.each([
    { name: 'the validity of media URLs', credential: SECONDS + 9_999, expected: SECONDS + 3_600 },
    { name: 'the end of the credential', credential: SECONDS + 60, expected: SECONDS + 60 },
    { name: 'the whole second before the end', credential: SECONDS + 60.9, expected: SECONDS + 60 },
  ])('is $name, whichever is earlier', ({ credential, expected }) => {
    expect(computeMediaUrlExpiry(NOW + 999, 3_600, credential)).toBe(expected);
  });
});

describe('parseMediaUrlClient()', () => {
  it.each([
    { name: 'a token', search: '?client=token+1abc&kid=x', expected: 'token 1abc' },
    { name: 'a signed URL', search: '?format=original&client=url+1abc', expected: 'url 1abc' },
    { name: 'no client', search: '?kid=march&expires=1&signature=x', expected: undefined },
    { name: 'two clients', search: '?client=token+1abc&client=token+1abc', expected: undefined },
    { name: 'an address', search: '?client=address+192.0.2.1', expected: undefined },
    { name: 'an empty client', search: '?client=', expected: undefined },
    { name: 'a long client', search: `?client=token+${'a'.repeat(17)}`, expected: undefined },
    { name: 'a line feed after the client', search: '?client=token+1abc%0A', expected: undefined },
  ])('returns $expected for a query with $name', ({ search, expected }) => {
    expect(parseMediaUrlClient(search)).toBe(expected);
  });
});
