import { signRecordingUrl, type SigningKey } from '@room-recordings/core/signing';
import { describe, expect, it, vi } from 'vitest';
import { signedUrlStrategy } from '../../src/auth/signed-url.ts';
import { isGranted } from '../../src/auth/strategy.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import { targetOf } from '../target.ts';
import { outcome } from './asking.ts';

const KEY: SigningKey = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a' };
const NEXT_KEY: SigningKey = { id: 'april', secret: 'canary-of-april-5a7b8c9d0e1f2a3b' };
const SIGNED_ACCESS = { ACCESS: 'signed-url', URL_SIGNING_KEYS: 'march:canary-of-march-4f6a7b8c9d0e1f2a' };

/** The path and query of a signed URL. */
async function sign(path = PATH, expiresIn = 600, keys: readonly SigningKey[] = [KEY]): Promise<string> {
  const url = await signRecordingUrl(PUBLIC_URL + path, { keys, expiresIn, now: NOW });
  return url.slice(PUBLIC_URL.length);
}

const signed = await sign();
const signature = /signature=(.*)$/.exec(signed)?.[1] ?? '';

describe('ACCESS=signed-url', () => {
  it('lets in who has the URL, for GET and HEAD', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    expect((await request(signed)).status).toBe(200);
    expect((await request(signed)).status).toBe(200);
    expect((await request(signed, { method: 'HEAD' })).status).toBe(200);
  });

  it.each([
    ['no signature', PATH],
    ['no query but a mark', `${PATH}?`],
    ['another recording', signed.replace('RTa', 'RTb')],
    ['another room', signed.replace('RMa', 'RMb')],
    ['a later expiry', signed.replace('expires=17', 'expires=18')],
    ['another key', signed.replace('kid=march', 'kid=april')],
    ['one more parameter', `${signed}&cb=1`],
    ['one parameter less', signed.replace('kid=march&', '')],
    ['a signature cut short', signed.slice(0, -1)],
    ['an empty signature', signed.replace(signature, '')],
    ['a second signature without a value', `${signed}&signature`],
    ['a signature without a value in front', signed.replace('?', '?signature&')],
  ])('S53, S55: refuses a URL with %s', async (_what, path) => {
    const edge = createTestEdge(undefined, SIGNED_ACCESS);
    expect(await outcome(await edge.request(path))).toBe('403 signature_invalid');
    expect(edge.reads).toEqual([]);
  });

  it('S53: a URL that was tampered with is refused beside the good one, too', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    expect((await request(signed)).status).toBe(200);
    expect(await outcome(await request(signed.replace('RTa', 'RTb')))).toBe('403 signature_invalid');
    expect((await request(signed)).status).toBe(200);
  });

  it('S53: is for reading: POST is refused before the signature is looked at', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    expect(await outcome(await request(signed, { method: 'POST' }))).toBe('405 method_not_allowed');
  });

  it('S54: ends when it says so, whether it was seen before or not', async () => {
    let now = NOW;
    const { request } = createTestEdge(undefined, SIGNED_ACCESS, { now: () => now });
    expect((await request(signed)).status).toBe(200);
    now += 599_999;
    expect((await request(signed)).status).toBe(200);
    now += 1;
    expect(await outcome(await request(signed))).toBe('403 url_expired');
    expect(await outcome(await request(await sign(PATH, 1)))).toBe('403 url_expired');
  });

  it('S54: refuses what would hold for more than a day', async () => {
    const { request } = createTestEdge(undefined, SIGNED_ACCESS, { now: () => NOW - 60_001 });
    expect(await outcome(await request(await sign(PATH, 86_400)))).toBe('403 signature_invalid');
  });

  it('S56: opens to another client too, leaves no trace in the cache, and is passed on by no page', async () => {
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

  it('S57: takes both keys while they are changed, and a removed one no more', async () => {
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
    expect(await outcome(await later.request(signed))).toBe('403 signature_invalid');
  });

  it('S57: is checked by keys that are imported once', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const { request } = createTestEdge(undefined, SIGNED_ACCESS);
    for (const cb of ['1', '2', '3'])
      expect((await request(await sign(`${PATH}?cb=${cb}`))).status).toBe(200);
    expect(importing).toHaveBeenCalledTimes(1);
    importing.mockRestore();
  });

  it('S77: a refused URL does not tell whether the recording exists', async () => {
    for (const read of [undefined, findNothing]) {
      const edge = createTestEdge(read, SIGNED_ACCESS);
      expect(await outcome(await edge.request(PATH))).toBe('403 signature_invalid');
      expect(edge.reads).toEqual([]);
    }
    expect((await createTestEdge(findNothing, SIGNED_ACCESS).request(signed)).status).toBe(404);
  });

  it('S30: logs neither signature nor secret', async () => {
    const edge = createTestEdge(undefined, SIGNED_ACCESS);
    await edge.request(signed);
    await edge.request(`${signed}&cb=1`);
    const log = JSON.stringify(edge.logEntries);
    expect(log).toContain(ROOM_SID);
    expect(log).not.toContain(signature);
    expect(log).not.toContain('canary');
  });
});

describe('a signed URL that was verified', () => {
  it.each([
    ['dot segments', (nth: number) => `${PUBLIC_URL}${'/.'.repeat(nth % 1_000)}${signed}`],
    ['another Host', (nth: number) => `http://${'x'.repeat(nth % 1_000)}x.example${signed}`],
  ])(
    'S56, S69: is one, and drives nobody else’s out, however often it is asked for with %s',
    async (_what, spell) => {
      const way = signedUrlStrategy({ name: 'signed-url', keys: () => [KEY] }, () => NOW);
      const opinionOf = (url: string) => {
        const opinion = way({ method: 'GET', url, headers: new Headers() }, targetOf(url), NOW);
        return typeof opinion === 'function' || !isGranted(opinion) ? opinion : 'granted';
      };
      const ask = async (url: string) => {
        const opinion = opinionOf(url);
        if (typeof opinion !== 'function') return opinion;
        const verdict = await opinion();
        return isGranted(verdict) ? 'granted' : verdict;
      };
      const others = PUBLIC_URL + (await sign(PATH, 60));
      expect(await ask(others)).toBe('granted');
      for (let nth = 1; nth < 2_500; nth += 1) expect(await ask(spell(nth))).toBe('granted');
      expect(opinionOf(others)).toBe('granted');
    },
  );
});
