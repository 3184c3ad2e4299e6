import { describe, expect, it, vi } from 'vitest';
import { readSigningKeys, signRecordingUrl, verifyRecordingUrl } from '../../src/signing.ts';

describe('readSigningKeys', () => {
  it.each([
    ['one key', 'march:secret', [{ id: 'march', secret: 'secret' }]],
    [
      'two keys, the first one first',
      'april:one, march:two',
      [
        { id: 'april', secret: 'one' },
        { id: 'march', secret: 'two' },
      ],
    ],
    ['a colon in the secret', 'march:a:b:', [{ id: 'march', secret: 'a:b:' }]],
  ])('reads %s', (_what, text, keys) => {
    expect(readSigningKeys(text)).toEqual(keys);
  });

  it.each(['', 'canary', ':canary', 'march:', 'march:canary,', 'march:canary,march:b', 'm/h:canary'])(
    'refuses %j without repeating it',
    (text) => {
      expect(() => readSigningKeys(text)).toThrow(TypeError);
      expect(() => readSigningKeys(text)).not.toThrow(/canary/);
    },
  );

  it.each([
    'march:canary ',
    'march: canary',
    'march:canary\n',
    'march:canary\t,april:b',
    'april:b,march:canary ',
  ])('refuses %j, whose secret has white space around it, and says so', (text) => {
    expect(() => readSigningKeys(text)).toThrow('The secret of a key begins or ends with white space.');
  });

  it.each([' canary', 'canary\n', ' '])('refuses the secret %j wherever keys are taken', async (secret) => {
    const keys = [{ id: 'march', secret }];
    const why = /white space/;
    await expect(signRecordingUrl('https://example.com/', { keys, expiresIn: 1 })).rejects.toThrow(why);
    await expect(verifyRecordingUrl('https://example.com/', { keys })).rejects.toThrow(why);
  });
});

describe('a key that is used again', () => {
  const URL_TO_SIGN = 'https://example.com/a';
  const options = { expiresIn: 60, now: 0 };

  it('is imported once, by whom it is configured once', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const keys = readSigningKeys('march:secret');
    for (let nth = 0; nth < 3; nth += 1) {
      const signed = await signRecordingUrl(`${URL_TO_SIGN}?b=${nth}`, { keys, ...options });
      await verifyRecordingUrl(signed, { keys, now: 0 });
    }
    expect(importing).toHaveBeenCalledTimes(1);
    importing.mockRestore();
  });

  it('S57: is another one where its secret was changed in place', async () => {
    const key = { id: 'march', secret: 'secret' };
    const signed = await signRecordingUrl(URL_TO_SIGN, { keys: [key], ...options });
    await expect(verifyRecordingUrl(signed, { keys: [key], now: 0 })).resolves.toMatchObject({
      kid: 'march',
    });
    key.secret = 'changed';
    await expect(verifyRecordingUrl(signed, { keys: [key], now: 0 })).rejects.toThrow('not signed');
  });

  it('is imported again where that failed', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const keys = readSigningKeys('march:secret');
    importing.mockRejectedValueOnce(new DOMException('Not now.', 'OperationError'));
    await expect(signRecordingUrl(URL_TO_SIGN, { keys, ...options })).rejects.toThrow('Not now.');
    await expect(signRecordingUrl(URL_TO_SIGN, { keys, ...options })).resolves.toContain('signature=');
    importing.mockRestore();
  });
});
