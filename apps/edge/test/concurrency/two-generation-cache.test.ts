import { describe, expect, it } from 'vitest';
import { ExpiringCache, TwoGenerationCache } from '../../src/concurrency/two-generation-cache.ts';

describe('TwoGenerationCache', () => {
  it('keeps at least maxEntries of the entries that were used last', () => {
    const cache = new TwoGenerationCache<number>({ maxEntries: 3 });
    for (const [nth, key] of ['a', 'b', 'c', 'd'].entries()) cache.set(key, nth);
    // A read counts as a use.
    expect(cache.get('a')).toBe(0);
    for (const key of ['e', 'f']) cache.set(key, 9);
    expect(cache.get('a')).toBe(0);
    expect(cache.get('d')).toBe(3);
    expect(cache.get('b')).toBeUndefined();
  });

  it('keeps at most maxBytes in each generation, and no value that is larger', () => {
    const cache = new TwoGenerationCache<string>({ maxBytes: 100 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) cache.set(key, key, 50);
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => cache.get(key))).toEqual([
      undefined,
      undefined,
      'c',
      'd',
      'e',
    ]);
    cache.set('large', 'large', 101);
    expect(cache.get('large')).toBeUndefined();
  });

  it('drops no entry when a known key is set again', () => {
    const cache = new TwoGenerationCache<string>({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'd', 'e', 'a', 'a']) cache.set(key, key);
    expect(cache.get('b')).toBe('b');
  });

  it('replaces the value of a key', () => {
    const cache = new TwoGenerationCache<number>({ maxEntries: 1 });
    cache.set('a', 1);
    cache.set('a', 2);
    expect(cache.get('a')).toBe(2);
    cache.set('b', 3);
    cache.set('a', 4);
    expect(cache.get('a')).toBe(4);
  });
});

describe('ExpiringCache', () => {
  it('returns a value until it expires, and not at that time', () => {
    const cache = new ExpiringCache<number>();
    cache.set('a', 1, 100);
    expect(cache.get('a', 99)).toBe(1);
    expect(cache.get('a', 100)).toBeUndefined();
    expect(cache.get('b', 0)).toBeUndefined();
  });

  it('keeps a used key during a flood of 100,000 keys, and drops most of the others', () => {
    const cache = new ExpiringCache<number>();
    const createKey = (index: number) => `${index}${'x'.repeat(500)}`;
    cache.set('used', -1, 100);
    for (let index = 0; index < 100_000; index += 1) {
      cache.set(createKey(index), index, 100);
      expect(cache.get('used', 0)).toBe(-1);
    }
    let held = 0;
    for (let index = 0; index < 100_000; index += 1) {
      if (cache.get(createKey(index), 0) !== undefined) held += 1;
    }
    expect(held).toBeLessThan(4_500);
    expect(held).toBeGreaterThan(1_000);
  });

  it('fills a generation up to its last character', () => {
    const cache = new ExpiringCache<number>();
    cache.set('a', 1, 100);
    cache.set('b'.repeat(1_048_575), 2, 100);
    cache.set('c', 3, 100);
    expect(cache.get('a', 0)).toBe(1);
  });

  it('counts the characters of the first key of a generation', () => {
    const cache = new ExpiringCache<number>();
    for (const letter of ['a', 'b', 'c']) cache.set(letter.repeat(1_048_576), 1, 100);
    expect(cache.get('a'.repeat(1_048_576), 0)).toBeUndefined();
    expect(cache.get('b'.repeat(1_048_576), 0)).toBe(1);
  });

  it('keeps the expiry of an entry that moved to the older generation', () => {
    const cache = new ExpiringCache<number>();
    cache.set('a', 1, 100);
    cache.set('b'.repeat(1_048_576), 2, 100);
    expect(cache.get('a', 100)).toBeUndefined();
    expect(cache.get('a', 99)).toBe(1);
    expect(cache.get('a', 100)).toBeUndefined();
  });
});
