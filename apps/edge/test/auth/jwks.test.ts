import { describe, expect, it } from 'vitest';
import { PATH } from '../support/recording.ts';
import { judge, outcome } from './asking.ts';
import { down, keySet, world } from './issuer.ts';
import { CLAIMS, jwt, JWKS_URL, makeKey, NOW_SECONDS } from './tokens.ts';

const key = await makeKey('RS256', 'first');
const nextKey = await makeKey('RS256', 'next');
const unknown = await makeKey('RS256', 'unknown');
// Longer than any clock of these tests runs.
const claims = { ...CLAIMS, exp: NOW_SECONDS + 86_400 };
const token = await jwt(key, claims);

/** Creates a token that was not verified before. */
let counter = 0;
const newToken = (by = key) => jwt(by, { ...claims, jti: String((counter += 1)) });

describe('the JWKS of an issuer', () => {
  it('is fetched once for concurrent requests, without following redirects', async () => {
    const { edge, calls } = world(keySet(key.jwk));
    const tokens = await Promise.all(Array.from({ length: 50 }, () => newToken()));
    const outcomes = await Promise.all(tokens.map((one) => judge(edge, one)));
    expect(new Set(outcomes)).toEqual(new Set(['200']));
    expect(calls).toHaveLength(1);
    expect(calls[0]?.url).toBe(JWKS_URL);
    expect(calls[0]?.init.redirect).toBe('manual');
  });

  it('is fetched once per cooldown while the issuer is down', async () => {
    const { edge, clock, calls } = world(down);
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 100; index += 1) {
        expect(await judge(edge, await newToken())).toBe('503 auth_unavailable');
      }
      expect(calls).toHaveLength(round + 1);
      clock.skip(30_000);
    }
  });

  it('is fetched again after the cooldown for a token with an unknown kid', async () => {
    const { edge, clock, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(keySet(key.jwk, nextKey.jwk));
    expect(await judge(edge, await newToken(nextKey))).toBe('401 token_invalid');
    clock.skip(30_000);
    expect(await judge(edge, await newToken(nextKey))).toBe('200');
  });

  it('a key that the issuer removed is rejected after ten minutes, for cached tokens as well', async () => {
    const { edge, clock, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(keySet(nextKey.jwk));
    clock.skip(599_999);
    expect(await judge(edge, token)).toBe('200');
    clock.skip(1);
    expect(await judge(edge, token)).toBe('401 token_invalid');
  });

  it('a removed key is rejected ten minutes after the fetch, also for a token that was first verified just before', async () => {
    const { edge, clock, change } = world(keySet(key.jwk));
    expect(await judge(edge, await newToken())).toBe('200');
    change(keySet(nextKey.jwk));
    clock.skip(599_999);
    const late = await newToken();
    expect(await judge(edge, late)).toBe('200');
    clock.skip(1);
    expect(await judge(edge, late)).toBe('401 token_invalid');
  });

  it('is used for ten minutes while the issuer is down, then every token gets 503 auth_unavailable', async () => {
    const { edge, clock, change, calls } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(down);
    clock.skip(599_999);
    expect(await judge(edge, await newToken())).toBe('200');
    expect(await judge(edge, await newToken(unknown))).toBe('503 auth_unavailable');
    clock.skip(1);
    expect(await judge(edge, token)).toBe('503 auth_unavailable');
    clock.skip(30_000);
    expect(await judge(edge, await newToken())).toBe('503 auth_unavailable');
    change(keySet(key.jwk));
    clock.skip(30_000);
    expect(await judge(edge, token)).toBe('200');
    expect(calls).toHaveLength(4);
  });

  it('a 503 auth_unavailable has the rest of the cooldown as Retry-After', async () => {
    const { edge, clock } = world(down);
    const ask = () => edge.request(PATH, { headers: { Authorization: `Bearer ${token}` } });
    expect((await ask()).headers.get('Retry-After')).toBe('30');
    clock.skip(29_500);
    const { status, headers } = await ask();
    expect([status, headers.get('Retry-After')]).toEqual([503, '1']);
  });

  it.each([
    { name: 'is down', answer: down },
    { name: 'responds with 500', answer: () => new Response('canary', { status: 500 }) },
    { name: 'responds with 404', answer: () => new Response('canary', { status: 404 }) },
    { name: 'responds with an empty body', answer: () => new Response(null, { status: 204 }) },
    {
      name: 'responds with an opaque redirect',
      answer: () => Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' }),
    },
    { name: 'responds with a web page', answer: () => new Response('<html>canary</html>') },
    { name: 'responds with an array of keys', answer: () => Response.json([key.jwk]) },
    { name: 'responds with an empty JWKS', answer: () => Response.json({ keys: [] }) },
    { name: 'responds with keys that are a string', answer: () => Response.json({ keys: 'canary' }) },
    {
      name: 'responds with members that are not objects',
      answer: () => Response.json({ keys: [null, 'canary', 7] }),
    },
    { name: 'responds with truncated JSON', answer: () => new Response('{"keys":[') },
  ])(
    'if the issuer $name, the edge responds with 503 auth_unavailable and logs the error',
    async ({ answer }) => {
      const { edge, calls } = world(answer);
      const response = await edge.request(PATH, { headers: { Authorization: `Bearer ${token}` } });
      const text = await response.clone().text();
      expect(await outcome(response)).toBe('503 auth_unavailable');
      expect(edge.reads).toEqual([]);
      expect(calls).toHaveLength(1);
      expect(edge.logEntries).toContainEqual(
        expect.objectContaining({ level: 'error', event: 'auth.jwks_fetch_failed' }),
      );
      expect(text + JSON.stringify(edge.logEntries)).not.toContain('canary');
      expect(JSON.stringify(edge.logEntries)).not.toContain(token);
    },
  );

  it('a fetch without a response is aborted after five seconds', async () => {
    const { edge, clock, calls, change } = world(() => new Promise<Response>(() => undefined));
    const waiting = Promise.all([judge(edge, token), judge(edge, token)]);
    // The timeouts of the call, and the timeout of each waiting request.
    await expect.poll(() => clock.pending()).toBeGreaterThanOrEqual(4);
    await clock.advance(5_000);
    expect(await waiting).toEqual(['503 auth_unavailable', '503 auth_unavailable']);
    expect(calls[0]?.init.signal?.aborted).toBe(true);
    expect(clock.pending()).toBe(0);
    change(keySet(key.jwk));
    await clock.advance(30_000);
    expect(await judge(edge, token)).toBe('200');
    expect(calls).toHaveLength(2);
  });

  it('a fetch whose body arrives byte by byte is aborted after five seconds', async () => {
    const { edge, clock, calls } = world(() => {
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
    const waiting = judge(edge, token);
    await expect.poll(() => calls.length).toBe(1);
    await clock.advance(5_000);
    expect(await waiting).toBe('503 auth_unavailable');
  });

  it('a body of a gigabyte is aborted after about a megabyte', async () => {
    let sent = 0;
    const chunk = new Uint8Array(65_536).fill(32);
    const { edge } = world(() => {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          sent += chunk.byteLength;
          if (sent > 1_073_741_824) controller.close();
          else controller.enqueue(chunk);
        },
      });
      return new Response(body);
    });
    expect(await judge(edge, token)).toBe('503 auth_unavailable');
    expect(sent).toBeLessThan(2_097_152);
  });
});
