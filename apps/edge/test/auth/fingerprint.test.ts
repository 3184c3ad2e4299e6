import { expect, it } from 'vitest';
import { signedUrlFingerprint, tokenFingerprint } from '../../src/auth/strategy.ts';
import { fingerprint } from '../../src/concurrency/retained-strings.ts';

const SIGNED = '?kid=a&expires=1&signature=abc';

it('tokenFingerprint() ignores the signature of a token', () => {
  expect(tokenFingerprint('header.payload.one')).toBe(tokenFingerprint('header.payload.two'));
  expect(tokenFingerprint('header.payload.one')).not.toBe(tokenFingerprint('header.other.one'));
});

it('signedUrlFingerprint() is the same for all spellings of a signed URL', () => {
  for (const url of [`${SIGNED}&x=1`, '?signature=abc&expires=1&kid=a', '?signature=%61bc']) {
    expect(signedUrlFingerprint(url)).toBe(signedUrlFingerprint(SIGNED));
  }
  expect(signedUrlFingerprint(SIGNED.replace('abc', 'abd'))).not.toBe(signedUrlFingerprint(SIGNED));
});

it('tokenFingerprint() is short and does not contain the token', () => {
  expect(tokenFingerprint('header.payload.signature')).toMatch(/^token [\da-z]{1,11}$/);
});

it('fingerprint() has no collision for 100,000 addresses', () => {
  const prints = Array.from({ length: 100_000 }, (_, nth) => fingerprint(`192.0.2.${nth}`));
  expect(new Set(prints).size).toBe(prints.length);
});
