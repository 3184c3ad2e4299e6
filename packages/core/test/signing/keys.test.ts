import { describe, expect, it } from 'vitest';
import { readSigningKeys } from '../../src/signing.ts';

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
});
