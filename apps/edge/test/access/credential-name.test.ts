import { expect, it } from 'vitest';
import { nameSignedUrl, nameToken } from '../../src/access/credential-name.ts';
import { fingerprint } from '../../src/fingerprint.ts';

const SIGNED = 'https://recordings.example.com/v1/Rooms/RM1/Recordings/RT1?kid=a&expires=1&signature=abc';

it('a token has one name, whichever of its signatures it brings', () => {
  expect(nameToken('header.payload.one')).toBe(nameToken('header.payload.two'));
  expect(nameToken('header.payload.one')).not.toBe(nameToken('header.other.one'));
});

it('a signed URL has one name, however it is spelled', () => {
  for (const url of [`${SIGNED}#x`, SIGNED.replace('/v1', '/./v1'), `${SIGNED}&x=1`]) {
    expect(nameSignedUrl(url)).toBe(nameSignedUrl(SIGNED));
  }
  expect(nameSignedUrl(SIGNED.replace('abc', 'abd'))).not.toBe(nameSignedUrl(SIGNED));
});

it('a name shows nothing of its credential, and is short', () => {
  expect(nameToken('header.payload.signature')).toMatch(/^token [\da-z]{1,11}$/);
});

it('100,000 texts have as many fingerprints', () => {
  const prints = Array.from({ length: 100_000 }, (_, nth) => fingerprint(`192.0.2.${nth}`));
  expect(new Set(prints).size).toBe(prints.length);
});
