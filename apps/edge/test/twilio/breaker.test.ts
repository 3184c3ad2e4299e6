import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../src/twilio/resilience/circuit-breaker.ts';

let resources = 0;

/** Names a resource that no other call is about. */
function another(): string {
  resources += 1;
  return `RT${resources}`;
}

/** A breaker that has seen so many calls, of which so many failed, all at 0. */
function after(calls: number, failures: number): CircuitBreaker {
  const breaker = new CircuitBreaker();
  for (let nth = 0; nth < calls; nth += 1) breaker.start(0, another()).record(nth < failures, 0);
  return breaker;
}

describe('the breaker', () => {
  it.each([
    ['19 calls, all failed', 0, 19, 19],
    ['20 calls, 9 failed', 0, 20, 9],
    ['20 calls, 10 failed', 5000, 20, 10],
    ['21 calls, 10 failed', 0, 21, 10],
  ])('F29: after %s waits %i ms', (_what, wait, calls, failures) => {
    // Failures come last, so that none of the shares on the way is the highest.
    const breaker = new CircuitBreaker();
    for (let nth = 0; nth < calls; nth += 1) breaker.start(0, another()).record(nth >= calls - failures, 0);
    expect(breaker.retryAfterMs(0)).toBe(wait);
  });

  it('forgets what is ten seconds old', () => {
    const breaker = after(19, 19);
    breaker.start(0, another()).record(true, 10_000);
    expect(breaker.retryAfterMs(10_000)).toBe(0);
  });

  it('counts what is not quite ten seconds old', () => {
    const breaker = after(19, 19);
    breaker.start(0, another()).record(true, 9_999);
    expect(breaker.retryAfterMs(9_999)).toBe(5000);
  });

  it('F30: after five seconds lets exactly one call through', () => {
    const breaker = after(20, 20);
    expect(breaker.retryAfterMs(4_999)).toBe(1);
    expect(breaker.retryAfterMs(5_000)).toBe(0);
    expect(breaker.start(0, another()).isProbe).toBe(true);
    expect(breaker.retryAfterMs(5_000)).toBe(1_000);
  });

  it('F30: closes and forgets when the probe succeeds', () => {
    const breaker = after(20, 20);
    breaker.start(0, another()).record(false, 5_000);
    for (let nth = 0; nth < 19; nth += 1) {
      expect(breaker.retryAfterMs(5_000)).toBe(0);
      const call = breaker.start(0, another());
      expect(call.isProbe).toBe(false);
      call.record(true, 5_000);
    }
    expect(breaker.retryAfterMs(5_000)).toBe(0);
  });

  it('F30: opens again for five seconds when the probe fails', () => {
    const breaker = after(20, 20);
    breaker.start(0, another()).record(true, 6_000);
    expect(breaker.retryAfterMs(6_000)).toBe(5_000);
    expect(breaker.retryAfterMs(11_000)).toBe(0);
  });

  it('does not count calls that began before it opened', () => {
    const breaker = after(19, 19);
    const late = breaker.start(0, another());
    breaker.start(0, another()).record(true, 0);
    late.record(false, 1);
    expect(breaker.retryAfterMs(1)).toBe(4_999);
  });

  it('F30: does not count them once a probe has closed it, either', () => {
    const breaker = new CircuitBreaker();
    const late = Array.from({ length: 20 }, () => breaker.start(0, another()));
    for (let nth = 0; nth < 20; nth += 1) breaker.start(0, another()).record(true, 0);
    breaker.start(5_000, another()).record(false, 5_000);
    for (const call of late) call.record(true, 5_001);
    expect(breaker.retryAfterMs(5_001)).toBe(0);
  });

  it.each([
    ['closed it', 0, false],
    ['opened it again', 4_999, true],
  ])('F30: hears no more of a probe that was lost, once another one has %s', (_what, wait, hasFailed) => {
    const breaker = after(20, 20);
    const lost = breaker.start(5_000, another());
    breaker.start(16_000, another()).record(hasFailed, 16_000);
    lost.record(!hasFailed, 16_001);
    expect(breaker.retryAfterMs(16_001)).toBe(wait);
  });

  it('F30: hears no more of a probe that was lost, while another one is on its way', () => {
    const breaker = after(20, 20);
    const lost = breaker.start(5_000, another());
    breaker.start(16_000, another());
    lost.record(false, 16_001);
    expect(breaker.retryAfterMs(16_001)).toBe(1_000);
  });

  it('lets another call through where nothing is heard of the probe', () => {
    const breaker = after(20, 20);
    breaker.start(5_000, another());
    expect(breaker.retryAfterMs(15_999)).toBe(1_000);
    expect(breaker.retryAfterMs(16_000)).toBe(0);
  });

  it('counts two calls of one resource, however often that fails', () => {
    const breaker = new CircuitBreaker();
    for (let nth = 0; nth < 100; nth += 1) breaker.start(nth, 'RT1').record(true, nth);
    for (let nth = 0; nth < 17; nth += 1) breaker.start(100, another()).record(true, 100);
    expect(breaker.retryAfterMs(100)).toBe(0);
    breaker.start(100, another()).record(true, 100);
    expect(breaker.retryAfterMs(100)).toBe(5_000);
  });

  it('stays closed beside a resource that always fails', () => {
    const breaker = new CircuitBreaker();
    for (let now = 0; now < 60_000; now += 100) {
      breaker.start(now, 'RT1').record(true, now);
      if (now % 1_000 === 0) breaker.start(now, another()).record(false, now);
      expect(breaker.retryAfterMs(now)).toBe(0);
    }
  });
});
