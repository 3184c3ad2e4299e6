import { describe, expect, it } from 'vitest';
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
