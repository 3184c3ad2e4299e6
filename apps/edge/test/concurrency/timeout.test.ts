import { describe, expect, it } from 'vitest';
import { startTimeout, withTimeout } from '../../src/concurrency/timeout.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

describe('startTimeout()', () => {
  it('aborts its signal when the time is over, and no sooner', async () => {
    const clock = createFakeClock();
    const { signal } = startTimeout(1_000, clock.sleep);
    await clock.advance(999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
  });

  it('never aborts its signal after clear(), and leaves no timer', async () => {
    const clock = createFakeClock();
    const { signal, clear } = startTimeout(1_000, clock.sleep);
    clear();
    expect(clock.pending()).toBe(0);
    await clock.advance(1_000);
    expect(signal.aborted).toBe(false);
  });
});

describe('withTimeout()', () => {
  it('resolves with the value of work that ends in time, and leaves no timer', async () => {
    const clock = createFakeClock();
    expect(await withTimeout(Promise.resolve('value'), 1_000, clock.sleep)).toBe('value');
    expect(clock.pending()).toBe(0);
  });

  it('rejects with the error of work that fails in time, and leaves no timer', async () => {
    const clock = createFakeClock();
    const result = withTimeout(Promise.reject(new Error('gone')), 1_000, clock.sleep);
    await expect(result).rejects.toThrow('gone');
    expect(clock.pending()).toBe(0);
  });

  it.each([
    { name: 'during the wait', abortFirst: false },
    { name: 'before the wait', abortFirst: true },
  ])('rejects with the reason of a signal that aborts $name, and leaves no timer', async ({ abortFirst }) => {
    const clock = createFakeClock();
    const controller = new AbortController();
    if (abortFirst) controller.abort(new Error('left'));
    const result = withTimeout(new Promise(() => undefined), 1_000, clock.sleep, controller.signal);
    if (!abortFirst) controller.abort(new Error('left'));
    await expect(result).rejects.toThrow('left');
    expect(clock.pending()).toBe(0);
  });

  it('resolves with undefined when the time is over, and no sooner', async () => {
    const clock = createFakeClock();
    let result: unknown = 'pending';
    void withTimeout(new Promise(() => undefined), 1_000, clock.sleep).then((value) => (result = value));
    await clock.advance(999);
    expect(result).toBe('pending');
    await clock.advance(1);
    expect(result).toBeUndefined();
  });
});
