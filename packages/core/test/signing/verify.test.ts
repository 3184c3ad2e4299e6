import { describe, expect, it } from 'vitest';
import {
  signRecordingUrl,
  InvalidArgumentError,
  UrlSignatureError,
  verifyUrl,
  type SigningKey,
} from '../../src/signing/index.ts';
import { KEY, NEXT_KEY, NOW, URL_TO_SIGN } from './urls.ts';

const signed = await signRecordingUrl(URL_TO_SIGN, { keys: [KEY], expiresIn: 600, now: NOW });
const withQuery = await signRecordingUrl(`${URL_TO_SIGN}?a=1&b=2&b=3`, {
  keys: [KEY],
  expiresIn: 600,
  now: NOW,
});
const signature: string = new URL(signed).searchParams.get('signature') ?? '';

/** Returns the error's code, or `accepted`. */
async function verifyAt(
  url: string,
  keys: readonly SigningKey[] = [KEY, NEXT_KEY],
  now = NOW,
): Promise<string> {
  try {
    await verifyUrl(url, { keys, now });
    return 'accepted';
  } catch (error) {
    if (error instanceof UrlSignatureError) return error.code;
    throw error;
  }
}

const withSignature = (text: string) => signed.replace(signature, text);

const base64 = `${signature.replaceAll('-', '+').replaceAll('_', '/')}=`;
const bytes = Array.from(atob(base64), (character) => character.charCodeAt(0));
const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Encodes the same bytes for a lenient decoder: the last character's two low bits are unused. */
function toNonCanonical(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
}

describe('`verifyUrl()`', () => {
  it('resolves with the key, the expiry and the path of a signed URL', async () => {
    expect(await verifyUrl(signed, { keys: [KEY], now: NOW })).toEqual({
      kid: 'march',
      expires: NOW / 1000 + 600,
      path: new URL(URL_TO_SIGN).pathname,
    });
  });

  it('uses the current time by default', async () => {
    const now = await signRecordingUrl(URL_TO_SIGN, { keys: [KEY], expiresIn: 60 });
    await expect(verifyUrl(now, { keys: [KEY] })).resolves.toMatchObject({ kid: 'march' });
    await expect(verifyUrl(signed.replace('expires=1', 'expires=9'), { keys: [KEY] })).rejects.toThrow(
      UrlSignatureError,
    );
  });

  it('accepts another order of different parameters, and another origin', async () => {
    const { pathname, search } = new URL(withQuery);
    const reversed = search.slice(1).split('&').toSorted().join('&');
    expect(await verifyAt(`${URL_TO_SIGN}?${reversed}`)).toBe('accepted');
    expect(await verifyAt(`http://127.0.0.1:8787${pathname}${search}`)).toBe('accepted');
  });

  it.each([
    { name: 'another recording', url: signed.replace('RTb', 'RTc') },
    { name: 'another room', url: signed.replace('RMa', 'RMb') },
    { name: 'another case of a SID', url: signed.replace('RMa', 'RMA') },
    { name: 'a longer path', url: signed.replace('?', '/Events?') },
    { name: 'a later expiry', url: signed.replace('expires=17', 'expires=18') },
    { name: 'an earlier expiry', url: signed.replace('expires=17', 'expires=16') },
    { name: 'an expiry with a leading zero', url: signed.replace('expires=', 'expires=0') },
    { name: 'two expiries', url: `${signed}&expires=9999999999` },
    { name: 'no expiry', url: signed.replace(/expires=\d+&/, '') },
    { name: 'another key', url: signed.replace('kid=march', 'kid=april') },
    { name: 'an unknown key', url: signed.replace('kid=march', 'kid=may') },
    { name: 'the key __proto__', url: signed.replace('kid=march', 'kid=__proto__') },
    { name: 'two keys', url: `${signed}&kid=april` },
    { name: 'no key', url: signed.replace('kid=march&', '') },
    { name: 'one more parameter', url: `${signed}&a=1` },
    { name: 'an empty parameter', url: `${signed}&` },
    { name: 'another parameter', url: withQuery.replace('a=1', 'a=2') },
    { name: 'one parameter less', url: withQuery.replace('a=1&', '') },
    { name: 'another order of one name', url: withQuery.replace('b=2&b=3', 'b=3&b=2') },
    { name: 'a parameter across the separator', url: withQuery.replace('a=1&b=2', 'a=1%0Ab=2') },
    { name: 'no signature', url: signed.replace(/&signature=.*/, '') },
    { name: 'two signatures', url: `${signed}&signature=${signature}` },
    { name: 'a second signature without a value', url: `${signed}&signature` },
    { name: 'two more signatures without a value', url: `${signed}&signature&signature` },
    { name: 'a signature without a value before the signature', url: signed.replace('?', '?signature&') },
    { name: 'a second, empty signature', url: `${signed}&signature=` },
    { name: 'a second key without a value', url: `${signed}&kid` },
    { name: 'a second expiry without a value', url: `${signed}&expires` },
    { name: 'no query', url: URL_TO_SIGN },
    { name: 'a text that is not a URL', url: 'recordings' },
  ])('rejects $name', async ({ url }) => {
    expect(await verifyAt(url)).toBe('signature_invalid');
  });

  it.each([
    { name: 'a second before', verdict: 'accepted', ms: 599_000 },
    { name: 'a millisecond before', verdict: 'accepted', ms: 599_999 },
    { name: 'at', verdict: 'url_expired', ms: 600_000 },
    { name: 'after', verdict: 'url_expired', ms: 700_000 },
  ])('returns $verdict $name its expiry', async ({ verdict, ms }) => {
    expect(await verifyAt(signed, [KEY], NOW + ms)).toBe(verdict);
  });

  it('accepts a validity of a day and a clock that is a minute behind, but not more', async () => {
    const day = await signRecordingUrl(URL_TO_SIGN, { keys: [KEY], expiresIn: 86_400, now: NOW });
    expect(await verifyAt(day, [KEY], NOW)).toBe('accepted');
    expect(await verifyAt(day, [KEY], NOW - 1)).toBe('accepted');
    expect(await verifyAt(day, [KEY], NOW - 60_000)).toBe('accepted');
    expect(await verifyAt(day, [KEY], NOW - 60_001)).toBe('signature_invalid');
    expect(await verifyAt(day, [KEY], NOW + 86_400_000)).toBe('url_expired');
  });

  it.each(['600.5', '1e9', '-1', '0x6', '', '%31', '99999999999999999999'])(
    'rejects an expiry of %j',
    async (expires) => {
      expect(await verifyAt(signed.replace(/expires=\d+/, `expires=${expires}`))).toBe('signature_invalid');
    },
  );

  it('returns url_expired only if the signature is valid', async () => {
    expect(await verifyAt(withSignature('A'.repeat(43)), [KEY], NOW + 700_000)).toBe('signature_invalid');
  });

  it.each([
    { name: 'the same bytes with other last bits', text: toNonCanonical(signature) },
    { name: 'padding', text: `${signature}=` },
    { name: 'base64', text: base64 },
    { name: 'hexadecimal digits', text: hex },
    { name: 'upper-case hexadecimal digits', text: hex.toUpperCase() },
    { name: 'half of it', text: signature.slice(0, 22) },
    { name: 'one character less', text: signature.slice(0, 42) },
    { name: 'an encoded character', text: `%${signature.charCodeAt(0).toString(16)}${signature.slice(1)}` },
    { name: 'a space', text: `${signature}%20` },
    { name: 'nothing', text: '' },
  ])('rejects $name as the signature', async ({ text }) => {
    expect(await verifyAt(withSignature(text))).toBe('signature_invalid');
  });

  it('rejects a signature with one changed character', async () => {
    for (let index = 0; index < signature.length; index += 1) {
      const other = signature.charAt(index) === 'A' ? 'B' : 'A';
      const text = signature.slice(0, index) + other + signature.slice(index + 1);
      expect(await verifyAt(withSignature(text))).toBe('signature_invalid');
    }
  });

  it('accepts the same URL repeatedly until it expires', async () => {
    expect(await verifyAt(signed)).toBe('accepted');
    expect(await verifyAt(signed, [KEY], NOW + 60_000)).toBe('accepted');
  });

  it.each([
    { name: 'the only key', verdict: 'accepted', keys: [KEY] },
    { name: 'the second key after a rotation', verdict: 'accepted', keys: [NEXT_KEY, KEY] },
    { name: 'removed', verdict: 'signature_invalid', keys: [NEXT_KEY] },
    {
      name: 'changed to a new secret',
      verdict: 'signature_invalid',
      keys: [{ ...KEY, secret: NEXT_KEY.secret }],
    },
  ])('returns $verdict if the key is $name', async ({ verdict, keys }) => {
    expect(await verifyAt(signed, keys)).toBe(verdict);
  });

  it('rejects an empty list of keys', async () => {
    await expect(verifyUrl(signed, { keys: [] })).rejects.toThrow(InvalidArgumentError);
  });

  it('does not repeat the URL in its error', async () => {
    const error: unknown = await verifyUrl(signed, { keys: [NEXT_KEY] }).catch((thrown) => thrown);
    expect(Object.values(Object(error)).join(' ') + String(error)).not.toContain(signature);
  });
});
