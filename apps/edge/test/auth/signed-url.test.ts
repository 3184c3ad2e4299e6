import { signRecordingUrl, type SigningKey } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { createSignedUrlStrategy } from '../../src/auth/signed-url.ts';
import { isGranted } from '../../src/auth/strategy.ts';
import { findNothing, PATH, PUBLIC_URL, ROOM_SID, parseTarget } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { expectReason } from './helpers.ts';
import { statusAndCode } from './runtime-cases.ts';

const KEY: SigningKey = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a' };
const NEXT_KEY: SigningKey = { id: 'april', secret: 'canary-of-april-5a7b8c9d0e1f2a3b' };
const SIGNED_ACCESS = { ACCESS: 'signed-url', URL_SIGNING_KEYS: 'march:canary-of-march-4f6a7b8c9d0e1f2a' };

/** Signs a path. Returns the path and query of the signed URL. */
async function sign(
  path = PATH,
  expiresIn = 600,
  keys: readonly SigningKey[] = [KEY],
  now = NOW,
): Promise<string> {
  const url = await signRecordingUrl(PUBLIC_URL + path, { keys, expiresIn, now });
  return url.slice(PUBLIC_URL.length);
}

const signed = await sign();
const signature = /signature=(.*)$/.exec(signed)?.[1] ?? '';

describe('ACCESS=signed-url', () => {
  it('accepts a signed URL for GET and HEAD', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    expect((await request(signed)).status).toBe(200);
    expect((await request(signed)).status).toBe(200);
    expect((await request(signed, { method: 'HEAD' })).status).toBe(200);
  });

  it.each([
    { name: 'no signature', path: PATH },
    { name: 'no query but a mark', path: `${PATH}?` },
    { name: 'another recording', path: signed.replace('RTa', 'RTb') },
    { name: 'another room', path: signed.replace('RMa', 'RMb') },
    { name: 'a later expiry', path: signed.replace('expires=17', 'expires=18') },
    { name: 'another key', path: signed.replace('kid=march', 'kid=april') },
    { name: 'one more parameter', path: `${signed}&cb=1` },
    { name: 'one parameter less', path: signed.replace('kid=march&', '') },
    { name: 'a signature cut short', path: signed.slice(0, -1) },
    { name: 'an empty signature', path: signed.replace(signature, '') },
    { name: 'a second signature without a value', path: `${signed}&signature` },
    { name: 'a signature without a value in front', path: signed.replace('?', '?signature&') },
  ])('rejects a URL with $name', async ({ path }) => {
    const edge = createTestEdge(undefined, SIGNED_ACCESS);
    expect(await statusAndCode(await edge.request(path))).toBe('403 signature_invalid');
    expect(edge.reads).toEqual([]);
  });

  it('rejects a changed URL after the original one was accepted', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    expect((await request(signed)).status).toBe(200);
    expect(await statusAndCode(await request(signed.replace('RTa', 'RTb')))).toBe('403 signature_invalid');
    expect((await request(signed)).status).toBe(200);
  });

  it('rejects POST before it checks the signature', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    expect(await statusAndCode(await request(signed, { method: 'POST' }))).toBe('405 method_not_allowed');
  });

  it('rejects an expired URL, whether it is cached or not', async () => {
    let now = NOW;
    const { request } = createTestEdge(undefined, SIGNED_ACCESS, { now: () => now });
    expect((await request(signed)).status).toBe(200);
    now += 599_999;
    expect((await request(signed)).status).toBe(200);
    now += 1;
    expect(await statusAndCode(await request(signed))).toBe('403 url_expired');
    expect(await statusAndCode(await request(await sign(PATH, 1)))).toBe('403 url_expired');
  });

  it('rejects a URL that is valid for more than a day', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS, { now: () => NOW - 60_001 });
    expect(await statusAndCode(await request(await sign(PATH, 86_400)))).toBe('403 signature_invalid');
  });

  it('different signatures share one cache entry, and Referrer-Policy is no-referrer', async () => {
    const edge = createTestEdge(undefined, SIGNED_ACCESS);
    for (const path of [signed, await sign(PATH, 60), await sign(`${PATH}?cb=1`)]) {
      const { status, headers } = await edge.request(path);
      expect(status).toBe(200);
      expect(headers.get('Cache-Control')).toBe('private, max-age=300');
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    }
    expect(edge.reads).toHaveLength(1);
    expect((await edge.request(PATH)).headers.get('Referrer-Policy')).toBe('no-referrer');
  });

  it('accepts each configured key, and rejects a removed key', async () => {
    const both = createTestEdge(undefined, {
      ...SIGNED_ACCESS,
      URL_SIGNING_KEYS: 'april:canary-of-april-5a7b8c9d0e1f2a3b,march:canary-of-march-4f6a7b8c9d0e1f2a',
    });
    const byNext = await sign(PATH, 600, [NEXT_KEY, KEY]);
    expect((await both.request(signed)).status).toBe(200);
    expect((await both.request(byNext)).status).toBe(200);
    const later = createTestEdge(undefined, {
      ...SIGNED_ACCESS,
      URL_SIGNING_KEYS: 'april:canary-of-april-5a7b8c9d0e1f2a3b',
    });
    expect((await later.request(byNext)).status).toBe(200);
    expect(await statusAndCode(await later.request(signed))).toBe('403 signature_invalid');
  });

  it('imports each key once', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    for (const cb of ['1', '2', '3'])
      expect((await request(await sign(`${PATH}?cb=${cb}`))).status).toBe(200);
    expect(importing).toHaveBeenCalledTimes(1);
    importing.mockRestore();
  });

  it('a rejected URL does not reveal whether the recording exists', async () => {
    for (const read of [undefined, findNothing]) {
      const edge = createTestEdge(read, SIGNED_ACCESS);
      expect(await statusAndCode(await edge.request(PATH))).toBe('403 signature_invalid');
      expect(edge.reads).toEqual([]);
    }
    expect((await createTestEdge(findNothing, SIGNED_ACCESS).request(signed)).status).toBe(404);
  });

  it('the log contains neither the signature nor the secret', async () => {
    const edge = createTestEdge(undefined, SIGNED_ACCESS);
    await edge.request(signed);
    await edge.request(`${signed}&cb=1`);
    const log = JSON.stringify(edge.logEntries);
    expect(log).toContain(ROOM_SID);
    expect(log).not.toContain(signature);
    expect(log).not.toContain('canary');
  });
});

const expiredPath = await sign(PATH, 60, [KEY], NOW - 60_000);

describe('the log entry of a rejected URL', () => {
  const MISMATCH = 'the signature does not match the path and query, or lasts longer than a day';
  const UNKNOWN = 'kid is missing, repeated or not the id of a configured key';

  it.each([
    { name: 'no signature', path: PATH, reason: 'the URL does not have kid, expires and signature' },
    { name: 'another query', path: `${signed}&cb=1`, reason: MISMATCH },
    { name: 'an unknown key', path: signed.replace('kid=march', 'kid=april'), reason: UNKNOWN },
    { name: 'no key', path: signed.replace('kid=march&', ''), reason: UNKNOWN },
    { name: 'two keys', path: `${signed}&kid=march`, reason: UNKNOWN },
    { name: 'an expires in the past', path: expiredPath, reason: 'expires has passed' },
  ])('has the reason for a URL with $name', async ({ path, reason }) => {
    const edge = createTestEdge(undefined, SIGNED_ACCESS);
    await expectReason(edge, await edge.request(path), 403, reason);
  });
});

describe('createSignedUrlStrategy() with a URL that was verified before', () => {
  it.each([
    { name: 'dot segments', spell: (nth: number) => `${PUBLIC_URL}${'/.'.repeat(nth % 1_000)}${signed}` },
    { name: 'another Host', spell: (nth: number) => `http://${'x'.repeat(nth % 1_000)}x.example${signed}` },
  ])('all spellings with $name share one cache entry, and other URLs stay cached', async ({ spell }) => {
    const strategy = createSignedUrlStrategy({ name: 'signed-url', keys: () => [KEY] }, () => NOW);
    const attempt = (url: string) => {
      const result = strategy({ method: 'GET', url, headers: new Headers() }, parseTarget(url), NOW);
      return typeof result === 'function' || !isGranted(result) ? result : 'granted';
    };
    const send = async (url: string) => {
      const pending = attempt(url);
      if (typeof pending !== 'function') return pending;
      const result = await pending('request-1');
      return isGranted(result) ? 'granted' : result;
    };
    const otherUrl = PUBLIC_URL + (await sign(PATH, 60));
    expect(await send(otherUrl)).toBe('granted');
    for (let nth = 1; nth < 2_500; nth += 1) expect(await send(spell(nth))).toBe('granted');
    expect(attempt(otherUrl)).toBe('granted');
  });
});
