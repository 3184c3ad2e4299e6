import { describe, expect, it } from 'vitest';
import { startTimeout, withTimeout } from '../../src/concurrency/timeout.ts';
import { makeClock } from '../clock.ts';

describe('startTimeout()', () => {
  it('aborts its signal when the time is over, and no sooner', async () => {
    const clock = makeClock();
    const { signal } = startTimeout(1_000, clock.sleep);
    await clock.pass(999);
    expect(signal.aborted).toBe(false);
    await clock.pass(1);
    expect(signal.aborted).toBe(true);
  });

  it('never aborts its signal after clear(), and leaves no timer', async () => {
    const clock = makeClock();
    const { signal, clear } = startTimeout(1_000, clock.sleep);
    clear();
    expect(clock.waiting()).toBe(0);
    await clock.pass(1_000);
    expect(signal.aborted).toBe(false);
  });
});

describe('withTimeout()', () => {
  it('resolves with the value of work that ends in time, and leaves no timer', async () => {
    const clock = makeClock();
    expect(await withTimeout(Promise.resolve('value'), 1_000, clock.sleep)).toBe('value');
    expect(clock.waiting()).toBe(0);
  });

  it('rejects with the error of work that fails in time, and leaves no timer', async () => {
    const clock = makeClock();
    const result = withTimeout(Promise.reject(new Error('gone')), 1_000, clock.sleep);
    await expect(result).rejects.toThrow('gone');
    expect(clock.waiting()).toBe(0);
  });

  it('resolves with undefined when the time is over, and no sooner', async () => {
    const clock = makeClock();
    let result: unknown = 'pending';
    void withTimeout(new Promise(() => undefined), 1_000, clock.sleep).then((value) => (result = value));
    await clock.pass(999);
    expect(result).toBe('pending');
    await clock.pass(1);
    expect(result).toBeUndefined();
  });
});
