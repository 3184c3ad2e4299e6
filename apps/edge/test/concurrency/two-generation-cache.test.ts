import { describe, expect, it } from 'vitest';
import { ExpiringCache } from '../../src/concurrency/two-generation-cache.ts';

describe('what is remembered', () => {
  it('is there until its end, and not at it', () => {
    const remembered = new ExpiringCache<number>();
    remembered.set('a', 1, 100);
    expect(remembered.get('a', 99)).toBe(1);
    expect(remembered.get('a', 100)).toBeUndefined();
    expect(remembered.get('b', 0)).toBeUndefined();
  });

  it('is bounded: a flood of 100,000 tokens leaves what is asked for, and forgets the rest', () => {
    const remembered = new ExpiringCache<number>();
    const nameOf = (index: number) => `${index}${'x'.repeat(500)}`;
    remembered.set('asked for', -1, 100);
    for (let index = 0; index < 100_000; index += 1) {
      remembered.set(nameOf(index), index, 100);
      expect(remembered.get('asked for', 0)).toBe(-1);
    }
    let held = 0;
    for (let index = 0; index < 100_000; index += 1) {
      if (remembered.get(nameOf(index), 0) !== undefined) held += 1;
    }
    expect(held).toBeLessThan(4_500);
    expect(held).toBeGreaterThan(1_000);
  });

  it('fills a generation to its last character', () => {
    const remembered = new ExpiringCache<number>();
    remembered.set('a', 1, 100);
    remembered.set('b'.repeat(1_048_575), 2, 100);
    remembered.set('c', 3, 100);
    expect(remembered.get('a', 0)).toBe(1);
  });

  it('counts the key that begins a generation', () => {
    const remembered = new ExpiringCache<number>();
    for (const letter of ['a', 'b', 'c']) remembered.set(letter.repeat(1_048_576), 1, 100);
    expect(remembered.get('a'.repeat(1_048_576), 0)).toBeUndefined();
    expect(remembered.get('b'.repeat(1_048_576), 0)).toBe(1);
  });

  it('keeps to its end after it moved to the older half', () => {
    const remembered = new ExpiringCache<number>();
    remembered.set('a', 1, 100);
    remembered.set('b'.repeat(1_048_576), 2, 100);
    expect(remembered.get('a', 100)).toBeUndefined();
    expect(remembered.get('a', 99)).toBe(1);
    expect(remembered.get('a', 100)).toBeUndefined();
  });
});
