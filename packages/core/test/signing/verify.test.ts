import { describe, expect, it } from 'vitest';
import {
  signRecordingUrl,
  InvalidArgumentError,
  UrlSignatureError,
  verifyRecordingUrl,
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

/** What verifying comes to: the error's code, or `accepted`. */
async function judge(url: string, keys: readonly SigningKey[] = [KEY, NEXT_KEY], now = NOW): Promise<string> {
  try {
    await verifyRecordingUrl(url, { keys, now });
    return 'accepted';
  } catch (fault) {
    if (fault instanceof UrlSignatureError) return fault.code;
    throw fault;
  }
}

const withSignature = (text: string) => signed.replace(signature, text);

const base64 = `${signature.replaceAll('-', '+').replaceAll('_', '/')}=`;
const bytes = Array.from(atob(base64), (character) => character.charCodeAt(0));
const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The same bytes by a lenient decoder: the last character's two low bits say nothing. */
function respell(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
}

describe('verifyRecordingUrl', () => {
  it('gives the key and the expiry of a URL that was signed', async () => {
    expect(await verifyRecordingUrl(signed, { keys: [KEY], now: NOW })).toEqual({
      kid: 'march',
      expires: NOW / 1000 + 600,
    });
  });

  it('reads the clock where no time is given', async () => {
    const now = await signRecordingUrl(URL_TO_SIGN, { keys: [KEY], expiresIn: 60 });
    await expect(verifyRecordingUrl(now, { keys: [KEY] })).resolves.toMatchObject({ kid: 'march' });
    await expect(
      verifyRecordingUrl(signed.replace('expires=1', 'expires=9'), { keys: [KEY] }),
    ).rejects.toThrow(UrlSignatureError);
  });

  it('accepts another order of parameters with different names, and another origin', async () => {
    const { pathname, search } = new URL(withQuery);
    const reversed = search.slice(1).split('&').toSorted().join('&');
    expect(await judge(`${URL_TO_SIGN}?${reversed}`)).toBe('accepted');
    expect(await judge(`http://127.0.0.1:8787${pathname}${search}`)).toBe('accepted');
  });

  it.each([
    ['another recording', signed.replace('RTb', 'RTc')],
    ['another room', signed.replace('RMa', 'RMb')],
    ['another case of a SID', signed.replace('RMa', 'RMA')],
    ['a longer path', signed.replace('?', '/Media?')],
    ['a later expiry', signed.replace('expires=17', 'expires=18')],
    ['an earlier expiry', signed.replace('expires=17', 'expires=16')],
    ['an expiry spelt in another way', signed.replace('expires=', 'expires=0')],
    ['two expiries', `${signed}&expires=9999999999`],
    ['no expiry', signed.replace(/expires=\d+&/, '')],
    ['another key', signed.replace('kid=march', 'kid=april')],
    ['an unknown key', signed.replace('kid=march', 'kid=may')],
    ['a key of the language', signed.replace('kid=march', 'kid=__proto__')],
    ['two keys', `${signed}&kid=april`],
    ['no key', signed.replace('kid=march&', '')],
    ['one more parameter', `${signed}&a=1`],
    ['an empty parameter', `${signed}&`],
    ['another parameter', withQuery.replace('a=1', 'a=2')],
    ['one parameter less', withQuery.replace('a=1&', '')],
    ['another order of one name', withQuery.replace('b=2&b=3', 'b=3&b=2')],
    ['a parameter across the separator', withQuery.replace('a=1&b=2', 'a=1%0Ab=2')],
    ['no signature', signed.replace(/&signature=.*/, '')],
    ['two signatures', `${signed}&signature=${signature}`],
    ['a signature without a value beside it', `${signed}&signature`],
    ['two signatures without a value beside it', `${signed}&signature&signature`],
    ['a signature without a value before it', signed.replace('?', '?signature&')],
    ['an empty signature beside it', `${signed}&signature=`],
    ['a key without a value beside it', `${signed}&kid`],
    ['an expiry without a value beside it', `${signed}&expires`],
    ['no query', URL_TO_SIGN],
    ['no URL', 'recordings'],
  ])('S53: refuses %s', async (_what, url) => {
    expect(await judge(url)).toBe('signature_invalid');
  });

  it.each([
    ['a second before', 'accepted', 599_000],
    ['a millisecond before', 'accepted', 599_999],
    ['at the moment of', 'url_expired', 600_000],
    ['after', 'url_expired', 700_000],
  ])('S54: %s its end it is %s', async (_what, verdict, ms) => {
    expect(await judge(signed, [KEY], NOW + ms)).toBe(verdict);
  });

  it('S54: holds a day, by a clock that is a minute behind too, and nothing that is further away', async () => {
    const day = await signRecordingUrl(URL_TO_SIGN, { keys: [KEY], expiresIn: 86_400, now: NOW });
    expect(await judge(day, [KEY], NOW)).toBe('accepted');
    expect(await judge(day, [KEY], NOW - 1)).toBe('accepted');
    expect(await judge(day, [KEY], NOW - 60_000)).toBe('accepted');
    expect(await judge(day, [KEY], NOW - 60_001)).toBe('signature_invalid');
    expect(await judge(day, [KEY], NOW + 86_400_000)).toBe('url_expired');
  });

  it.each(['600.5', '1e9', '-1', '0x6', '', '%31', '99999999999999999999'])(
    'S54: refuses an expiry of %j',
    async (expires) => {
      expect(await judge(signed.replace(/expires=\d+/, `expires=${expires}`))).toBe('signature_invalid');
    },
  );

  it('S54: says that it expired only where the signature is good', async () => {
    expect(await judge(withSignature('A'.repeat(43)), [KEY], NOW + 700_000)).toBe('signature_invalid');
  });

  it.each([
    ['the same bytes with other last bits', respell(signature)],
    ['padding', `${signature}=`],
    ['base64', base64],
    ['hexadecimal digits', hex],
    ['upper-case hexadecimal digits', hex.toUpperCase()],
    ['half of it', signature.slice(0, 22)],
    ['one character less', signature.slice(0, 42)],
    ['an encoded character', `%${signature.charCodeAt(0).toString(16)}${signature.slice(1)}`],
    ['a space', `${signature}%20`],
    ['nothing', ''],
  ])('S55: refuses %s for the signature', async (_what, text) => {
    expect(await judge(withSignature(text))).toBe('signature_invalid');
  });

  it('S55: refuses a signature with any one character changed', async () => {
    for (let index = 0; index < signature.length; index += 1) {
      const other = signature.charAt(index) === 'A' ? 'B' : 'A';
      const text = signature.slice(0, index) + other + signature.slice(index + 1);
      expect(await judge(withSignature(text))).toBe('signature_invalid');
    }
  });

  it('S56: holds for whoever has it, until it expires', async () => {
    expect(await judge(signed)).toBe('accepted');
    expect(await judge(signed, [KEY], NOW + 60_000)).toBe('accepted');
  });

  it.each([
    ['the only one', 'accepted', [KEY]],
    ['the second one, after a new one came', 'accepted', [NEXT_KEY, KEY]],
    ['removed', 'signature_invalid', [NEXT_KEY]],
    ['given a new secret', 'signature_invalid', [{ ...KEY, secret: NEXT_KEY.secret }]],
  ])('S57: where the key is %s, it is %s', async (_what, verdict, keys) => {
    expect(await judge(signed, keys)).toBe(verdict);
  });

  it('refuses to work without a key', async () => {
    await expect(verifyRecordingUrl(signed, { keys: [] })).rejects.toThrow(InvalidArgumentError);
  });

  it('says nothing of the URL in its error', async () => {
    const fault: unknown = await verifyRecordingUrl(signed, { keys: [NEXT_KEY] }).catch((thrown) => thrown);
    expect(Object.values(Object(fault)).join(' ') + String(fault)).not.toContain(signature);
  });
});
