import { verifyRecordingUrl } from '@room-recordings/core/signing';
import { describe, expect, it } from 'vitest';
import { readTokenHeader } from '../src/access/compact.ts';
import { readKeySet } from '../src/access/key-set-document.ts';
import { hasTokenInQuery, readHeaderOf, tokenIn } from '../src/access/presented.ts';
import { signedUrlWay } from '../src/access/signed-url.ts';
import { judge } from '../src/precondition.ts';
import { findRoute } from '../src/route.ts';
import { PATH, PUBLIC_URL } from './recording.ts';

const route = findRoute(PATH);
const ID = route?.name === 'recording' ? route.id : undefined;
if (ID === undefined) throw new Error('The path leads to no recording.');

/** What makes an expression that goes back over its steps do so 65,536 times for each of 65,536. */
const LONG = [
  '"',
  '"a",',
  'W/',
  ' ',
  ',',
  '"a" ',
  '\t',
  'a',
  '%',
  '/',
  '..%2f',
  '.',
  'A',
  'A.',
  '&kid=',
  '9',
  '=',
].map((part) => part.repeat(65_536 / part.length));

describe('64 kB', () => {
  // A second is a thousand times what it takes, and a tenth of what going back over its steps would.
  it('S75: keep no expression of a path or a condition busy', () => {
    const startedAt = performance.now();
    for (const text of LONG) {
      judge(new Headers({ 'If-None-Match': text, 'If-Match': text }), 'W/"a"');
      findRoute(`/v1/Rooms/${text}/Recordings/${text}`);
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('S75: keep no expression of a token, a signed URL or a key busy', async () => {
    const keys = [{ id: 'march', secret: 'a secret of March' }];
    const openSigned = signedUrlWay({ name: 'signed-url', keys: () => keys }, () => 0);
    const startedAt = performance.now();
    for (const text of LONG) {
      const headers = { get: () => `Bearer ${text}\t` };
      expect(readHeaderOf('authorization')({ method: 'GET', url: PUBLIC_URL, headers })).toContain(text);
      for (const value of [`Bearer${text}`, `Bearer ${text}\t`, `Bearer a${text}\t`, text]) {
        expect(tokenIn(value, 'authorization')).not.toBe('');
        // The longest that is looked at, and one that is not.
        for (const token of [value, text.slice(0, 8_190)]) expect(readTokenHeader(token)).toBeUndefined();
      }
      for (const query of [text, `kid=march&expires=${text}&signature=${text}`, `kid=${text}&signature=a`]) {
        const url = `${PUBLIC_URL}${PATH}?${query}`;
        expect(hasTokenInQuery(url)).toBe(false);
        await expect(verifyRecordingUrl(url, { keys, now: 0 })).rejects.toThrow('not signed');
        expect(openSigned({ method: 'GET', url, headers }, ID, 0)).not.toBe('granted');
      }
      expect(readKeySet(JSON.stringify({ keys: [{ kty: 'RSA', n: `${text}w${text}` }] })).keys).toHaveLength(
        1,
      );
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
