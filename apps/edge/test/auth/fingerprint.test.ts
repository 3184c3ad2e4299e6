import { expect, it } from 'vitest';
import { signedUrlFingerprint, tokenFingerprint } from '../../src/auth/strategy.ts';
import { fingerprint } from '../../src/concurrency/retained-strings.ts';

const SIGNED = 'https://recordings.example.com/v1/Rooms/RM1/Recordings/RT1?kid=a&expires=1&signature=abc';

it('a token has one name, whichever of its signatures it brings', () => {
  expect(tokenFingerprint('header.payload.one')).toBe(tokenFingerprint('header.payload.two'));
  expect(tokenFingerprint('header.payload.one')).not.toBe(tokenFingerprint('header.other.one'));
});

it('a signed URL has one name, however it is spelled', () => {
  for (const url of [`${SIGNED}#x`, SIGNED.replace('/v1', '/./v1'), `${SIGNED}&x=1`]) {
    expect(signedUrlFingerprint(url)).toBe(signedUrlFingerprint(SIGNED));
  }
  expect(signedUrlFingerprint(SIGNED.replace('abc', 'abd'))).not.toBe(signedUrlFingerprint(SIGNED));
});

it('a name shows nothing of its credential, and is short', () => {
  expect(tokenFingerprint('header.payload.signature')).toMatch(/^token [\da-z]{1,11}$/);
});

it('100,000 texts have as many fingerprints', () => {
  const prints = Array.from({ length: 100_000 }, (_, nth) => fingerprint(`192.0.2.${nth}`));
  expect(new Set(prints).size).toBe(prints.length);
});
