import { verifyUrl } from '@room-recordings/core/signing';
import { createHttpCache, memoryStore } from '@room-recordings/http-cache';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { parseJwks } from '../../src/auth/jwks.ts';
import { createSignedUrlStrategy } from '../../src/auth/signed-url.ts';
import {
  parseJwsHeader,
  hasTokenInQuery,
  createHeaderExtractor,
  extractToken,
} from '../../src/auth/token-strategy.ts';
import { toClientNetwork } from '../../src/http/client-address.ts';
import { isSubdomainOrigin } from '../../src/http/cors.ts';
import { tryCacheHit } from '../../src/routes/recording-route.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { PATH, PUBLIC_URL, parseTarget } from '../support/recording.ts';

const LONG = 65_536;
const SHORT = LONG / 16;

/** Parts that make a backtracking expression take quadratic time if they are repeated: 16 times the length takes 256 times as long. */
const PARTS = [
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
  ':',
  '1:',
  '1.',
  'a.',
  '[',
  '[%',
  '[1%',
];

const fill = (part: string, length: number): string => part.repeat(length / part.length);

/** A call that takes less time always passes: shorter times cannot be measured. Milliseconds. */
const MIN_MEASURABLE_MS = 5;
/** The limit for the ratio of both times, between 16 (linear) and 256 (quadratic). */
const MAX_RATIO = 64;

/** Returns the least CPU time of several calls, because other work may interrupt one. Milliseconds. */
async function measureCpuTime(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const keys = [{ id: 'march', secret: 'a secret of March of 32 bytes in all' }];
const authorizeSignedUrl = createSignedUrlStrategy({ name: 'signed-url', keys: () => keys }, () => 0);

const KEY = 'https://edge.invalid/key';
const cache = createHttpCache({
  store: memoryStore({ maxBytes: 65_536 }),
  fetch: async () => new Response('{}', { headers: { 'cache-control': 'max-age=60', etag: 'W/"a"' } }),
});
await cache.fetch(KEY);
const contextWith = (name: string, value: string) => ({
  request: { method: 'GET', url: PATH, headers: new Headers([[name, value]]) },
  requestId: 'id',
  publicUrl: PUBLIC_URL,
  startedAt: 0,
  commonHeaders: [],
});

/** Each function that parses a part of a request, by the part. */
const PARSERS: readonly { readonly name: string; readonly parse: (text: string) => unknown }[] = [
  { name: 'If-None-Match', parse: (text) => tryCacheHit(cache, KEY, contextWith('if-none-match', text)) },
  { name: 'If-Match', parse: (text) => tryCacheHit(cache, KEY, contextWith('if-match', text)) },
  { name: 'a path', parse: (text) => matchRoute(`/v1/Rooms/${text}/Recordings/${text}`) },
  { name: 'an Origin', parse: (text) => isSubdomainOrigin(['.example.com'], `https://${text}.example.com`) },
  { name: 'a client address', parse: toClientNetwork },
  {
    name: 'the value of Authorization',
    parse: (text) => createHeaderExtractor('authorization')(requestWith(`Bearer ${text}\t`)),
  },
  { name: 'a bearer token', parse: (text) => extractToken(`Bearer a${text}\t`, 'authorization') },
  { name: 'a JWT', parse: (text) => parseJwsHeader(text.slice(0, 8_190)) },
  { name: 'a query', parse: (text) => hasTokenInQuery(`?${text}`) },
  {
    name: 'the expiry and signature of a signed URL',
    parse: (text) => verify(`kid=march&expires=${text}&signature=${text}`),
  },
  { name: 'the key id of a signed URL', parse: (text) => verify(`kid=${text}&signature=a`) },
  {
    name: 'a signed URL in the authorizer',
    parse: (text) => authorizeSignedUrl(requestWith(''), targetWith(`?kid=${text}&signature=a`), 0),
  },
  {
    name: 'a key of a JWKS',
    parse: (text) => parseJwks(JSON.stringify({ keys: [{ kty: 'RSA', n: `${text}w${text}` }] })),
  },
];

const targetWith = (search: string) => ({ ...parseTarget(), path: PATH + search, search });
const toSignedUrl = (query: string): string => `${PUBLIC_URL}${PATH}?${query}`;
const requestWith = (value: string) => ({ method: 'GET', url: PATH, headers: { get: () => value } });
const verify = (query: string) => verifyUrl(toSignedUrl(query), { keys, now: 0 }).catch(() => undefined);

describe('an input of 64 kB', () => {
  it.each(PARSERS)('takes linear time as $name', async ({ parse }) => {
    for (const part of PARTS) {
      const [short, long] = [fill(part, SHORT), fill(part, LONG)];
      const [shortTime, longTime] = [
        await measureCpuTime(() => parse(short)),
        await measureCpuTime(() => parse(long)),
      ];
      expect(longTime, part).toBeLessThan(Math.max(MIN_MEASURABLE_MS, MAX_RATIO * shortTime));
    }
  });

  it('is never accepted as a token or a signature', async () => {
    for (const text of PARTS.map((part) => fill(part, LONG))) {
      const headers = { get: () => `Bearer ${text}\t` };
      expect(createHeaderExtractor('authorization')({ method: 'GET', url: PATH, headers })).toContain(text);
      for (const value of [`Bearer${text}`, `Bearer ${text}\t`, `Bearer a${text}\t`, text]) {
        expect(extractToken(value, 'authorization')).not.toBe('');
        // A text that is too long to be parsed, and one of the greatest length.
        for (const token of [value, text.slice(0, 8_190)]) expect(parseJwsHeader(token)).toBeUndefined();
      }
      for (const query of [text, `kid=march&expires=${text}&signature=${text}`, `kid=${text}&signature=a`]) {
        const url = toSignedUrl(query);
        expect(hasTokenInQuery(`?${query}`)).toBe(false);
        await expect(verifyUrl(url, { keys, now: 0 })).rejects.toThrow('not signed');
        expect(
          authorizeSignedUrl({ method: 'GET', url: PATH, headers }, targetWith(`?${query}`), 0),
        ).not.toHaveProperty('credential');
      }
      expect(parseJwks(JSON.stringify({ keys: [{ kty: 'RSA', n: `${text}w${text}` }] })).keys).toHaveLength(
        1,
      );
    }
  });
});
