import { describe, expect, it } from 'vitest';
import { CallCounter } from '../../src/twilio/resilience/call-accounting.ts';

/** Makes so many calls at once, of which so many are answered with 404. */
function callAtOnce(caps: CallCounter, calls: number, missing: number, now: number): void {
  const begun = Array.from({ length: calls }, () => caps.acquire(now));
  for (const [nth, call] of begun.entries()) call.release(nth < missing, now);
}

describe('the caps', () => {
  it.each([
    ['one 404', 0, 1, 1],
    ['four of 404', 0, 4, 4],
    ['five of 404', 1000, 5, 5],
    ['six of 404', 1000, 6, 6],
    ['nine of 404', 1000, 9, 9],
    ['ten of 404', 2000, 10, 10],
    ['twenty of 404', 4000, 20, 20],
    ['twenty, four of them 404', 0, 20, 4],
    ['twenty, six of them 404', 1000, 20, 6],
  ])('F40: after %s at once nobody asks for %i ms', (_what, wait, calls, missing) => {
    const caps = new CallCounter();
    callAtOnce(caps, calls, missing, 0);
    expect(caps.retryAfterMs(0)).toBe(wait);
    expect(caps.retryAfterMs(Math.max(0, wait - 1))).toBe(wait > 0 ? 1 : 0);
    expect(caps.retryAfterMs(wait)).toBe(0);
  });

  it('F40: forgive what was too much as time passes, and no more', () => {
    const caps = new CallCounter();
    callAtOnce(caps, 20, 20, 0);
    callAtOnce(caps, 1, 1, 4_000);
    expect(caps.retryAfterMs(4_000)).toBe(0);
    callAtOnce(caps, 4, 4, 4_500);
    expect(caps.retryAfterMs(4_500)).toBe(500);
  });

  it.each([
    ['twenty at a time', 20, 0],
    ['one after the other', 1, 0],
    ['one every 150 ms', 1, 150],
  ])('F40: hold a flood of what is not there to five a second: %s', (_what, crowd, pause) => {
    const caps = new CallCounter();
    const ends = 60_000;
    let missing = 0;
    for (let now = 0; now < ends; now += Math.max(pause, 10)) {
      if (caps.retryAfterMs(now) > 0) continue;
      callAtOnce(caps, crowd, crowd, now);
      missing += crowd;
    }
    expect(missing).toBeGreaterThan(5 * 60 - 30);
    expect(missing).toBeLessThanOrEqual(5 * 60);
  });

  it('F40: let a read a second pass that finds nothing, and forty that find', () => {
    const caps = new CallCounter();
    for (let now = 0; now < 60_000; now += 1_000) {
      for (let nth = 0; nth < 40; nth += 1) {
        expect(caps.retryAfterMs(now)).toBe(0);
        callAtOnce(caps, 1, nth === 0 ? 1 : 0, now);
      }
    }
  });

  it.each([
    ['19 run', 0, 19],
    ['20 run', 1000, 20],
  ])('F40: while %s the next one waits %i ms', (_what, wait, calls) => {
    const caps = new CallCounter();
    const begun = Array.from({ length: calls }, () => caps.acquire(0));
    expect(caps.retryAfterMs(0)).toBe(wait);
    expect(caps.retryAfterMs(2_000)).toBe(wait);
    for (const call of begun) call.release(false, 2_000);
    expect(caps.retryAfterMs(2_000)).toBe(0);
  });

  it('S74: forget calls that never end, eleven seconds after they began, and their late ends', () => {
    const caps = new CallCounter();
    const lost = Array.from({ length: 20 }, () => caps.acquire(0));
    expect(caps.retryAfterMs(10_999)).toBe(1_000);
    expect(caps.retryAfterMs(11_000)).toBe(0);
    for (let nth = 0; nth < 20; nth += 1) caps.acquire(11_000);
    for (const call of lost) call.release(false, 12_000);
    expect(caps.retryAfterMs(12_000)).toBe(1_000);
  });

  it('S74: forget them while others come and go, too', () => {
    const caps = new CallCounter();
    for (let nth = 0; nth < 19; nth += 1) caps.acquire(0);
    for (let now = 0; now < 11_000; now += 500) callAtOnce(caps, 1, 0, now);
    expect(caps.retryAfterMs(11_000)).toBe(0);
    caps.acquire(11_000);
    expect(caps.retryAfterMs(11_000)).toBe(0);
  });

  it('F40: let 40 begin in any second', () => {
    const caps = new CallCounter();
    callAtOnce(caps, 10, 0, 0);
    callAtOnce(caps, 30, 0, 600);
    expect(caps.retryAfterMs(600)).toBe(400);
    callAtOnce(caps, 10, 0, 1_000);
    expect(caps.retryAfterMs(1_000)).toBe(600);
  });
});
