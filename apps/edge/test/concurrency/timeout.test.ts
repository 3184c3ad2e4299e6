import { expect, it } from 'vitest';
import { startTimeout } from '../../src/concurrency/timeout.ts';
import { makeClock } from '../clock.ts';

it('a deadline aborts when its time is over, and no sooner', async () => {
  const clock = makeClock();
  const { signal } = startTimeout(1_000, clock.sleep);
  await clock.pass(999);
  expect(signal.aborted).toBe(false);
  await clock.pass(1);
  expect(signal.aborted).toBe(true);
});

it('a deadline that has ended aborts nothing, and leaves no timer behind', async () => {
  const clock = makeClock();
  const { signal, clear } = startTimeout(1_000, clock.sleep);
  clear();
  expect(clock.waiting()).toBe(0);
  await clock.pass(1_000);
  expect(signal.aborted).toBe(false);
});
