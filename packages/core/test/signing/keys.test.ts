import { describe, expect, it, vi } from 'vitest';
import {
  InvalidArgumentError,
  parseSigningKeys,
  signRecordingUrl,
  verifyRecordingUrl,
} from '../../src/signing/index.ts';

const SECRET = 'canary'.padEnd(32, '-');
const OTHER_SECRET = 'another canary'.padEnd(32, '-');
const WITH_COLONS = `${SECRET}:b:`;

describe('readSigningKeys', () => {
  it.each([
    ['one key', `march:${SECRET}`, [{ id: 'march', secret: SECRET }]],
    [
      'two keys, the first one first',
      `april:${OTHER_SECRET}, march:${SECRET}`,
      [
        { id: 'april', secret: OTHER_SECRET },
        { id: 'march', secret: SECRET },
      ],
    ],
    ['a colon in the secret', `march:${WITH_COLONS}`, [{ id: 'march', secret: WITH_COLONS }]],
  ])('reads %s', (_what, text, keys) => {
    expect(parseSigningKeys(text)).toEqual(keys);
  });

  it.each([
    '',
    SECRET,
    `:${SECRET}`,
    'march:',
    `march:${SECRET},`,
    `march:${SECRET},march:${OTHER_SECRET}`,
    `m/h:${SECRET}`,
  ])('refuses %j without repeating it', (text) => {
    expect(() => parseSigningKeys(text)).toThrow(InvalidArgumentError);
    expect(() => parseSigningKeys(text)).not.toThrow(/canary/);
  });

  it.each([
    'march:canary ',
    'march: canary',
    'march:canary\n',
    'march:canary\t,april:b',
    'april:b,march:canary ',
  ])('refuses %j, whose secret has white space around it, and says so', (text) => {
    expect(() => parseSigningKeys(text)).toThrow(
      'The secret of a key must not begin or end with white space.',
    );
  });

  it.each([' canary', 'canary\n', ' '])('refuses the secret %j wherever keys are taken', async (secret) => {
    const keys = [{ id: 'march', secret }];
    const why = /white space/;
    await expect(signRecordingUrl('https://example.com/', { keys, expiresIn: 1 })).rejects.toThrow(why);
    await expect(verifyRecordingUrl('https://example.com/', { keys })).rejects.toThrow(why);
  });
});

describe('a secret that can be guessed from one signed URL', () => {
  const url = 'https://example.com/';
  const why = 'Each secret must have at least 32 bytes. Create one with: openssl rand -base64 32';

  it.each([
    { what: 'no byte', secret: '' },
    { what: '1 byte', secret: 'b' },
    { what: '31 bytes', secret: 'b'.repeat(31) },
    { what: '30 bytes in 15 characters', secret: 'é'.repeat(15) },
  ])('is refused wherever keys are taken: $what', async ({ secret }) => {
    const keys = [
      { id: 'march', secret: SECRET },
      { id: 'april', secret },
    ];
    expect(() => parseSigningKeys(`march:${SECRET},april:${secret}`)).toThrow(new InvalidArgumentError(why));
    await expect(signRecordingUrl(url, { keys, expiresIn: 1 })).rejects.toThrow(
      new InvalidArgumentError(why),
    );
    await expect(verifyRecordingUrl(url, { keys })).rejects.toThrow(new InvalidArgumentError(why));
  });

  it.each([
    { what: '32 bytes', secret: 'b'.repeat(32) },
    { what: '32 bytes in 16 characters', secret: 'é'.repeat(16) },
    { what: '32 bytes in 8 characters', secret: '🔑'.repeat(8) },
    { what: 'what openssl rand -base64 32 prints', secret: 'q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80=' },
  ])('is not one of $what', async ({ secret }) => {
    const keys = parseSigningKeys(`march:${secret}`);
    const signed = await signRecordingUrl(url, { keys, expiresIn: 60, now: 0 });
    await expect(verifyRecordingUrl(signed, { keys, now: 0 })).resolves.toMatchObject({ kid: 'march' });
  });
});

describe('a key that is used again', () => {
  const URL_TO_SIGN = 'https://example.com/a';
  const options = { expiresIn: 60, now: 0 };

  it('is imported once, by whom it is configured once', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const keys = parseSigningKeys(`march:${SECRET}`);
    for (let nth = 0; nth < 3; nth += 1) {
      const signed = await signRecordingUrl(`${URL_TO_SIGN}?b=${nth}`, { keys, ...options });
      await verifyRecordingUrl(signed, { keys, now: 0 });
    }
    expect(importing).toHaveBeenCalledTimes(1);
    importing.mockRestore();
  });

  it('S57: is another one where its secret was changed in place', async () => {
    const key = { id: 'march', secret: SECRET };
    const signed = await signRecordingUrl(URL_TO_SIGN, { keys: [key], ...options });
    await expect(verifyRecordingUrl(signed, { keys: [key], now: 0 })).resolves.toMatchObject({
      kid: 'march',
    });
    key.secret = OTHER_SECRET;
    await expect(verifyRecordingUrl(signed, { keys: [key], now: 0 })).rejects.toThrow('not signed');
  });

  it('is imported again where that failed', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const keys = parseSigningKeys(`march:${SECRET}`);
    importing.mockRejectedValueOnce(new DOMException('Not now.', 'OperationError'));
    await expect(signRecordingUrl(URL_TO_SIGN, { keys, ...options })).rejects.toThrow('Not now.');
    await expect(signRecordingUrl(URL_TO_SIGN, { keys, ...options })).resolves.toContain('signature=');
    importing.mockRestore();
  });
});
