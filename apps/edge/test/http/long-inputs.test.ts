import { verifyRecordingUrl } from '@room-recordings/core/signing';
import { createHttpCache, memoryStore } from '@room-recordings/http-cache';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { parseJwks } from '../../src/auth/jwks.ts';
import { signedUrlStrategy } from '../../src/auth/signed-url.ts';
import {
  parseJwsHeader,
  hasTokenInQuery,
  headerExtractor,
  extractToken,
} from '../../src/auth/token-strategy.ts';
import { toClientNetwork } from '../../src/http/client-address.ts';
import { isSubdomainOrigin } from '../../src/http/cors.ts';
import { tryCacheHit } from '../../src/routes/recording-route.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { targetOf } from '../target.ts';

const LONG = 65_536;
const SHORT = LONG / 16;

/** What makes an expression that goes back over its steps do so for each of its characters: then 16 times as long is 256 times as much. */
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
  '[',
];

const fill = (part: string, length: number): string => part.repeat(length / part.length);

/** What the row allows, milliseconds. */
const ROW_MS = 5;
/** Between 16 times and 256 times as much. */
const MARGIN = 64;

/** This process's own time, milliseconds; the least of several, since something else may have come between. */
async function cost(work: () => unknown): Promise<number> {
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
const openSigned = signedUrlStrategy({ name: 'signed-url', keys: () => keys }, () => 0);

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

/** Each place that reads what a request says, by what it reads. */
const READERS: readonly (readonly [string, (text: string) => unknown])[] = [
  ['condition', (text) => tryCacheHit(cache, KEY, contextWith('if-none-match', text))],
  ['strong condition', (text) => tryCacheHit(cache, KEY, contextWith('if-match', text))],
  ['path', (text) => matchRoute(`/v1/Rooms/${text}/Recordings/${text}`)],
  ['origin', (text) => isSubdomainOrigin(['.example.com'], `https://${text}.example.com`)],
  ['caller', toClientNetwork],
  ['scheme', (text) => headerExtractor('authorization')(askedWith(`Bearer ${text}\t`))],
  ['token', (text) => extractToken(`Bearer a${text}\t`, 'authorization')],
  ['whole token', (text) => parseJwsHeader(text.slice(0, 8_190))],
  ['query', (text) => hasTokenInQuery(`?${text}`)],
  ['signed URL', (text) => verify(`kid=march&expires=${text}&signature=${text}`)],
  ['key id', (text) => verify(`kid=${text}&signature=a`)],
  ['signed path', (text) => openSigned(askedWith(''), targetWith(`?kid=${text}&signature=a`), 0)],
  ['key', (text) => parseJwks(JSON.stringify({ keys: [{ kty: 'RSA', n: `${text}w${text}` }] }))],
];

const targetWith = (search: string) => ({ ...targetOf(), path: PATH + search, search });
const urlOf = (query: string): string => `${PUBLIC_URL}${PATH}?${query}`;
const askedWith = (value: string) => ({ method: 'GET', url: PATH, headers: { get: () => value } });
const verify = (query: string) => verifyRecordingUrl(urlOf(query), { keys, now: 0 }).catch(() => undefined);

describe('64 kB', () => {
  it.each(READERS)('as a %s take a multiple of a sixteenth, and not its square', async (_what, read) => {
    for (const part of PARTS) {
      const [short, long] = [fill(part, SHORT), fill(part, LONG)];
      const [little, much] = [await cost(() => read(short)), await cost(() => read(long))];
      expect(much, part).toBeLessThan(Math.max(ROW_MS, MARGIN * little));
    }
  });

  it('are nothing that opens anything', async () => {
    for (const text of PARTS.map((part) => fill(part, LONG))) {
      const headers = { get: () => `Bearer ${text}\t` };
      expect(headerExtractor('authorization')({ method: 'GET', url: PATH, headers })).toContain(text);
      for (const value of [`Bearer${text}`, `Bearer ${text}\t`, `Bearer a${text}\t`, text]) {
        expect(extractToken(value, 'authorization')).not.toBe('');
        // The longest that is looked at, and one that is not.
        for (const token of [value, text.slice(0, 8_190)]) expect(parseJwsHeader(token)).toBeUndefined();
      }
      for (const query of [text, `kid=march&expires=${text}&signature=${text}`, `kid=${text}&signature=a`]) {
        const url = urlOf(query);
        expect(hasTokenInQuery(`?${query}`)).toBe(false);
        await expect(verifyRecordingUrl(url, { keys, now: 0 })).rejects.toThrow('not signed');
        expect(
          openSigned({ method: 'GET', url: PATH, headers }, targetWith(`?${query}`), 0),
        ).not.toHaveProperty('credential');
      }
      expect(parseJwks(JSON.stringify({ keys: [{ kty: 'RSA', n: `${text}w${text}` }] })).keys).toHaveLength(
        1,
      );
    }
  });
});
