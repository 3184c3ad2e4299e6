import { describe, expect, it } from 'vitest';
import { CallCounter } from '../../src/twilio/resilience/call-accounting.ts';

/** Makes a number of concurrent calls, of which the first ones get a 404. */
function callConcurrently(counter: CallCounter, calls: number, notFound: number, now: number): void {
  const running = Array.from({ length: calls }, () => counter.acquire(now));
  for (const [nth, call] of running.entries()) call.release(nth < notFound, now);
}

describe('CallCounter', () => {
  it.each([
    { calls: 1, notFound: 1, retryAfterMs: 0 },
    { calls: 4, notFound: 4, retryAfterMs: 0 },
    { calls: 5, notFound: 5, retryAfterMs: 1000 },
    { calls: 6, notFound: 6, retryAfterMs: 1000 },
    { calls: 9, notFound: 9, retryAfterMs: 1000 },
    { calls: 10, notFound: 10, retryAfterMs: 2000 },
    { calls: 20, notFound: 20, retryAfterMs: 4000 },
    { calls: 20, notFound: 4, retryAfterMs: 0 },
    { calls: 20, notFound: 6, retryAfterMs: 1000 },
  ])('requires a wait of $retryAfterMs ms after $calls calls with $notFound 404s', (row) => {
    const { calls, notFound, retryAfterMs } = row;
    const counter = new CallCounter();
    callConcurrently(counter, calls, notFound, 0);
    expect(counter.retryAfterMs(0)).toBe(retryAfterMs);
    expect(counter.retryAfterMs(Math.max(0, retryAfterMs - 1))).toBe(retryAfterMs > 0 ? 1 : 0);
    expect(counter.retryAfterMs(retryAfterMs)).toBe(0);
  });

  it('repays excess 404s as time passes, and not faster', () => {
    const counter = new CallCounter();
    callConcurrently(counter, 20, 20, 0);
    callConcurrently(counter, 1, 1, 4_000);
    expect(counter.retryAfterMs(4_000)).toBe(0);
    callConcurrently(counter, 4, 4, 4_500);
    expect(counter.retryAfterMs(4_500)).toBe(500);
  });

  it.each([
    { name: '20 concurrent calls', concurrency: 20, intervalMs: 10 },
    { name: 'one call after the other', concurrency: 1, intervalMs: 10 },
    { name: 'one call every 150 ms', concurrency: 1, intervalMs: 150 },
  ])('limits a flood of 404s to five per second: $name', ({ concurrency, intervalMs }) => {
    const counter = new CallCounter();
    const endsAt = 60_000;
    let notFound = 0;
    for (let now = 0; now < endsAt; now += intervalMs) {
      if (counter.retryAfterMs(now) > 0) continue;
      callConcurrently(counter, concurrency, concurrency, now);
      notFound += concurrency;
    }
    expect(notFound).toBeGreaterThan(5 * 60 - 30);
    expect(notFound).toBeLessThanOrEqual(5 * 60);
  });

  it('allows 40 calls per second of which one gets a 404', () => {
    const counter = new CallCounter();
    for (let now = 0; now < 60_000; now += 1_000) {
      for (let nth = 0; nth < 40; nth += 1) {
        expect(counter.retryAfterMs(now)).toBe(0);
        callConcurrently(counter, 1, nth === 0 ? 1 : 0, now);
      }
    }
  });

  it.each([
    { calls: 19, retryAfterMs: 0 },
    { calls: 20, retryAfterMs: 1000 },
  ])('requires a wait of $retryAfterMs ms while $calls calls run', ({ calls, retryAfterMs }) => {
    const counter = new CallCounter();
    const running = Array.from({ length: calls }, () => counter.acquire(0));
    expect(counter.retryAfterMs(0)).toBe(retryAfterMs);
    expect(counter.retryAfterMs(2_000)).toBe(retryAfterMs);
    for (const call of running) call.release(false, 2_000);
    expect(counter.retryAfterMs(2_000)).toBe(0);
  });

  it('drops calls that never end after eleven seconds, and ignores their late end', () => {
    const counter = new CallCounter();
    const lost = Array.from({ length: 20 }, () => counter.acquire(0));
    expect(counter.retryAfterMs(10_999)).toBe(1_000);
    expect(counter.retryAfterMs(11_000)).toBe(0);
    for (let nth = 0; nth < 20; nth += 1) counter.acquire(11_000);
    for (const call of lost) call.release(false, 12_000);
    expect(counter.retryAfterMs(12_000)).toBe(1_000);
  });

  it('drops calls that never end while other calls start and end', () => {
    const counter = new CallCounter();
    for (let nth = 0; nth < 19; nth += 1) counter.acquire(0);
    for (let now = 0; now < 11_000; now += 500) callConcurrently(counter, 1, 0, now);
    expect(counter.retryAfterMs(11_000)).toBe(0);
    counter.acquire(11_000);
    expect(counter.retryAfterMs(11_000)).toBe(0);
  });

  it('allows 40 calls in any second', () => {
    const counter = new CallCounter();
    callConcurrently(counter, 10, 0, 0);
    callConcurrently(counter, 30, 0, 600);
    expect(counter.retryAfterMs(600)).toBe(400);
    callConcurrently(counter, 10, 0, 1_000);
    expect(counter.retryAfterMs(1_000)).toBe(600);
  });
});
