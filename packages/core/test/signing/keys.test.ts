import { describe, expect, it, vi } from 'vitest';
import {
  InvalidArgumentError,
  parseSigningKeys,
  signRecordingUrl,
  verifyUrl,
} from '../../src/signing/index.ts';

const SECRET = 'canary'.padEnd(32, '-');
const OTHER_SECRET = 'another canary'.padEnd(32, '-');
const WITH_COLONS = `${SECRET}:b:`;

describe('`parseSigningKeys()`', () => {
  it.each([
    { name: 'one key', text: `march:${SECRET}`, keys: [{ id: 'march', secret: SECRET }] },
    {
      name: 'two keys in their order',
      text: `april:${OTHER_SECRET}, march:${SECRET}`,
      keys: [
        { id: 'april', secret: OTHER_SECRET },
        { id: 'march', secret: SECRET },
      ],
    },
    {
      name: 'a colon in the secret',
      text: `march:${WITH_COLONS}`,
      keys: [{ id: 'march', secret: WITH_COLONS }],
    },
  ])('parses $name', ({ text, keys }) => {
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
  ])('rejects %j and does not repeat it', (text) => {
    expect(() => parseSigningKeys(text)).toThrow(InvalidArgumentError);
    expect(() => parseSigningKeys(text)).not.toThrow(/canary/);
  });

  it.each([
    'march:canary ',
    'march: canary',
    'march:canary\n',
    'march:canary\t,april:b',
    'april:b,march:canary ',
  ])('rejects %j, whose secret has white space around it', (text) => {
    expect(() => parseSigningKeys(text)).toThrow(
      'The secret of a key must not begin or end with white space.',
    );
  });

  it.each([' canary', 'canary\n', ' '])(
    'rejects the secret %j, as the signing and the verifying function do',
    async (secret) => {
      const keys = [{ id: 'march', secret }];
      const message = /white space/;
      await expect(signRecordingUrl('https://example.com/', { keys, expiresIn: 1 })).rejects.toThrow(message);
      await expect(verifyUrl('https://example.com/', { keys })).rejects.toThrow(message);
    },
  );
});

describe('a secret of a signing key', () => {
  const url = 'https://example.com/';
  const message = 'Each secret must have at least 32 bytes. Create one with: openssl rand -base64 32';

  it.each([
    { name: '0 bytes', secret: '' },
    { name: '1 byte', secret: 'b' },
    { name: '31 bytes', secret: 'b'.repeat(31) },
    { name: '30 bytes in 15 characters', secret: 'é'.repeat(15) },
  ])('is rejected by every function if it has less than 32 bytes: $name', async ({ secret }) => {
    const keys = [
      { id: 'march', secret: SECRET },
      { id: 'april', secret },
    ];
    expect(() => parseSigningKeys(`march:${SECRET},april:${secret}`)).toThrow(
      new InvalidArgumentError(message),
    );
    await expect(signRecordingUrl(url, { keys, expiresIn: 1 })).rejects.toThrow(
      new InvalidArgumentError(message),
    );
    await expect(verifyUrl(url, { keys })).rejects.toThrow(new InvalidArgumentError(message));
  });

  it.each([
    { name: '32 bytes', secret: 'b'.repeat(32) },
    { name: '32 bytes in 16 characters', secret: 'é'.repeat(16) },
    { name: '32 bytes in 8 characters', secret: '🔑'.repeat(8) },
    { name: 'the output of openssl rand -base64 32', secret: 'q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80=' },
  ])('is accepted by every function if it has 32 bytes or more: $name', async ({ secret }) => {
    const keys = parseSigningKeys(`march:${secret}`);
    const signed = await signRecordingUrl(url, { keys, expiresIn: 60, now: 0 });
    await expect(verifyUrl(signed, { keys, now: 0 })).resolves.toMatchObject({ kid: 'march' });
  });
});

describe('the import of a key', () => {
  const URL_TO_SIGN = 'https://example.com/a';
  const options = { expiresIn: 60, now: 0 };

  it('happens once per key object', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const keys = parseSigningKeys(`march:${SECRET}`);
    for (let nth = 0; nth < 3; nth += 1) {
      const signed = await signRecordingUrl(`${URL_TO_SIGN}?b=${nth}`, { keys, ...options });
      await verifyUrl(signed, { keys, now: 0 });
    }
    expect(importing).toHaveBeenCalledTimes(1);
    importing.mockRestore();
  });

  it('happens again after the secret of the key object changed', async () => {
    const key = { id: 'march', secret: SECRET };
    const signed = await signRecordingUrl(URL_TO_SIGN, { keys: [key], ...options });
    await expect(verifyUrl(signed, { keys: [key], now: 0 })).resolves.toMatchObject({
      kid: 'march',
    });
    key.secret = OTHER_SECRET;
    await expect(verifyUrl(signed, { keys: [key], now: 0 })).rejects.toThrow('not signed');
  });

  it('is retried after a failure', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const keys = parseSigningKeys(`march:${SECRET}`);
    importing.mockRejectedValueOnce(new DOMException('Not now.', 'OperationError'));
    await expect(signRecordingUrl(URL_TO_SIGN, { keys, ...options })).rejects.toThrow('Not now.');
    await expect(signRecordingUrl(URL_TO_SIGN, { keys, ...options })).resolves.toContain('signature=');
    importing.mockRestore();
  });
});
