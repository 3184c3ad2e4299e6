import { describe, expect, it } from 'vitest';
import { PATH } from '../support/recording.ts';
import { tokenStatus, unreachable, respondWithKeys, createIssuerEdge } from './helpers.ts';
import { statusAndCode } from './runtime-cases.ts';
import { CLAIMS, signJwt, JWKS_URL, createIssuerKey, NOW_SECONDS } from './tokens.ts';

const key = await createIssuerKey('RS256', 'first');
const nextKey = await createIssuerKey('RS256', 'next');
const unknownKey = await createIssuerKey('RS256', 'unknown');
// Longer than any clock of these tests runs.
const claims = { ...CLAIMS, exp: NOW_SECONDS + 86_400 };
const token = await signJwt(key, claims);

/** Creates a token that was not verified before. */
let counter = 0;
const createToken = (by = key) => signJwt(by, { ...claims, jti: String((counter += 1)) });

describe('the JWKS of an issuer', () => {
  it('is fetched once for concurrent requests, without following redirects', async () => {
    const { edge, calls } = createIssuerEdge(respondWithKeys(key.jwk));
    const tokens = await Promise.all(Array.from({ length: 50 }, () => createToken()));
    const results = await Promise.all(tokens.map((one) => tokenStatus(edge, one)));
    expect(new Set(results)).toEqual(new Set(['200']));
    expect(calls).toHaveLength(1);
    expect(calls[0]?.url).toBe(JWKS_URL);
    expect(calls[0]?.init.redirect).toBe('manual');
  });

  it('is fetched once per cooldown while the issuer is down', async () => {
    const { edge, clock, calls } = createIssuerEdge(unreachable);
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 100; index += 1) {
        expect(await tokenStatus(edge, await createToken())).toBe('503 auth_unavailable');
      }
      expect(calls).toHaveLength(round + 1);
      clock.skip(30_000);
    }
  });

  it('is fetched again after the cooldown for a token with an unknown kid', async () => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(respondWithKeys(key.jwk, nextKey.jwk));
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('401 token_invalid');
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('200');
  });

  it('a key that the issuer removed is rejected after ten minutes, for cached tokens as well', async () => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(respondWithKeys(nextKey.jwk));
    clock.skip(599_999);
    expect(await tokenStatus(edge, token)).toBe('200');
    clock.skip(1);
    expect(await tokenStatus(edge, token)).toBe('401 token_invalid');
  });

  it('a removed key is rejected ten minutes after the fetch, also for a token that was first verified just before', async () => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    change(respondWithKeys(nextKey.jwk));
    clock.skip(599_999);
    const lateToken = await createToken();
    expect(await tokenStatus(edge, lateToken)).toBe('200');
    clock.skip(1);
    expect(await tokenStatus(edge, lateToken)).toBe('401 token_invalid');
  });

  it('is used for ten minutes while the issuer is down, then every token gets 503 auth_unavailable', async () => {
    const { edge, clock, change, calls } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(unreachable);
    clock.skip(599_999);
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    expect(await tokenStatus(edge, await createToken(unknownKey))).toBe('503 auth_unavailable');
    clock.skip(1);
    expect(await tokenStatus(edge, token)).toBe('503 auth_unavailable');
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken())).toBe('503 auth_unavailable');
    change(respondWithKeys(key.jwk));
    clock.skip(30_000);
    expect(await tokenStatus(edge, token)).toBe('200');
    expect(calls).toHaveLength(4);
  });

  it('a 503 auth_unavailable has the rest of the cooldown as Retry-After', async () => {
    const { edge, clock } = createIssuerEdge(unreachable);
    const ask = () => edge.request(PATH, { headers: { Authorization: `Bearer ${token}` } });
    expect((await ask()).headers.get('Retry-After')).toBe('30');
    clock.skip(29_500);
    const { status, headers } = await ask();
    expect([status, headers.get('Retry-After')]).toEqual([503, '1']);
  });

  it.each([
    { name: 'is down', respond: unreachable },
    { name: 'responds with 500', respond: () => new Response('canary', { status: 500 }) },
    { name: 'responds with 404', respond: () => new Response('canary', { status: 404 }) },
    { name: 'responds with an empty body', respond: () => new Response(null, { status: 204 }) },
    {
      name: 'responds with an opaque redirect',
      respond: () => Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' }),
    },
    { name: 'responds with a web page', respond: () => new Response('<html>canary</html>') },
    { name: 'responds with an array of keys', respond: () => Response.json([key.jwk]) },
    { name: 'responds with an empty JWKS', respond: () => Response.json({ keys: [] }) },
    { name: 'responds with keys that are a string', respond: () => Response.json({ keys: 'canary' }) },
    {
      name: 'responds with keys that are not objects',
      respond: () => Response.json({ keys: [null, 'canary', 7] }),
    },
    { name: 'responds with truncated JSON', respond: () => new Response('{"keys":[') },
  ])(
    'if the issuer $name, the edge responds with 503 auth_unavailable and logs the error',
    async ({ respond }) => {
      const { edge, calls } = createIssuerEdge(respond);
      const response = await edge.request(PATH, { headers: { Authorization: `Bearer ${token}` } });
      const text = await response.clone().text();
      expect(await statusAndCode(response)).toBe('503 auth_unavailable');
      expect(edge.reads).toEqual([]);
      expect(calls).toHaveLength(1);
      expect(edge.logEntries).toContainEqual(
        expect.objectContaining({
          level: 'error',
          event: 'auth.jwks_fetch_failed',
          request_id: response.headers.get('X-Request-Id'),
        }),
      );
      expect(text + JSON.stringify(edge.logEntries)).not.toContain('canary');
      expect(JSON.stringify(edge.logEntries)).not.toContain(token);
    },
  );

  it('a fetch without a response is aborted after five seconds', async () => {
    const { edge, clock, calls, change } = createIssuerEdge(() => new Promise<Response>(() => undefined));
    const waiting = Promise.all([tokenStatus(edge, token), tokenStatus(edge, token)]);
    // The timeouts of the call, and the timeout of each waiting request.
    await expect.poll(() => clock.pending()).toBeGreaterThanOrEqual(4);
    await clock.advance(5_000);
    expect(await waiting).toEqual(['503 auth_unavailable', '503 auth_unavailable']);
    expect(calls[0]?.init.signal?.aborted).toBe(true);
    expect(clock.pending()).toBe(0);
    change(respondWithKeys(key.jwk));
    await clock.advance(30_000);
    expect(await tokenStatus(edge, token)).toBe('200');
    expect(calls).toHaveLength(2);
  });

  it('a fetch whose body arrives byte by byte is aborted after five seconds', async () => {
    const { edge, clock, calls } = createIssuerEdge(() => {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
        {
          async pull(controller) {
            await clock.sleep(1_000, new AbortController().signal);
            controller.enqueue(Uint8Array.of(32));
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body);
    });
    const waiting = tokenStatus(edge, token);
    await expect.poll(() => calls.length).toBe(1);
    await clock.advance(5_000);
    expect(await waiting).toBe('503 auth_unavailable');
  });

  it('a body of a gigabyte is aborted after about a megabyte', async () => {
    let sent = 0;
    const chunk = new Uint8Array(65_536).fill(32);
    const { edge } = createIssuerEdge(() => {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          sent += chunk.byteLength;
          if (sent > 1_073_741_824) controller.close();
          else controller.enqueue(chunk);
        },
      });
      return new Response(body);
    });
    expect(await tokenStatus(edge, token)).toBe('503 auth_unavailable');
    expect(sent).toBeLessThan(2_097_152);
  });
});
