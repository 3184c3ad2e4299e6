import { describe, expect, it } from 'vitest';
import { TwoGenerationCache } from '../../src/concurrency/two-generation-cache.ts';

describe('what is remembered', () => {
  it('is there until its end, and not at it', () => {
    const remembered = new TwoGenerationCache<number>();
    remembered.keep('a', 1, 100);
    expect(remembered.recall('a', 99)).toBe(1);
    expect(remembered.recall('a', 100)).toBeUndefined();
    expect(remembered.recall('b', 0)).toBeUndefined();
  });

  it('is bounded: a flood of 100,000 tokens leaves what is asked for, and forgets the rest', () => {
    const remembered = new TwoGenerationCache<number>();
    const nameOf = (index: number) => `${index}${'x'.repeat(500)}`;
    remembered.keep('asked for', -1, 100);
    for (let index = 0; index < 100_000; index += 1) {
      remembered.keep(nameOf(index), index, 100);
      expect(remembered.recall('asked for', 0)).toBe(-1);
    }
    let held = 0;
    for (let index = 0; index < 100_000; index += 1) {
      if (remembered.recall(nameOf(index), 0) !== undefined) held += 1;
    }
    expect(held).toBeLessThan(4_500);
    expect(held).toBeGreaterThan(1_000);
  });

  it('fills a generation to its last character', () => {
    const remembered = new TwoGenerationCache<number>();
    remembered.keep('a', 1, 100);
    remembered.keep('b'.repeat(1_048_575), 2, 100);
    remembered.keep('c', 3, 100);
    expect(remembered.recall('a', 0)).toBe(1);
  });

  it('counts the key that begins a generation', () => {
    const remembered = new TwoGenerationCache<number>();
    for (const letter of ['a', 'b', 'c']) remembered.keep(letter.repeat(1_048_576), 1, 100);
    expect(remembered.recall('a'.repeat(1_048_576), 0)).toBeUndefined();
    expect(remembered.recall('b'.repeat(1_048_576), 0)).toBe(1);
  });

  it('keeps to its end after it moved to the older half', () => {
    const remembered = new TwoGenerationCache<number>();
    remembered.keep('a', 1, 100);
    remembered.keep('b'.repeat(1_048_576), 2, 100);
    expect(remembered.recall('a', 100)).toBeUndefined();
    expect(remembered.recall('a', 99)).toBe(1);
    expect(remembered.recall('a', 100)).toBeUndefined();
  });
});
