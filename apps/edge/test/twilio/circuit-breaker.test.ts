import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../src/twilio/resilience/circuit-breaker.ts';
import { RECORDING } from '../support/recording.ts';
import { createResilienceHarness, failWithStatus, succeed } from '../support/twilio-edge.ts';

let resources = 0;

/** Returns the name of a resource that no other call reads. */
function nextResource(): string {
  resources += 1;
  return `RT${resources}`;
}

/** Creates a circuit breaker with a number of calls at the time 0, of which the first ones failed. */
function createAfter(calls: number, failures: number): CircuitBreaker {
  const breaker = new CircuitBreaker();
  for (let nth = 0; nth < calls; nth += 1) breaker.start(0, nextResource()).record(nth < failures, 0);
  return breaker;
}

describe('CircuitBreaker', () => {
  it.each([
    { name: 'stays closed after 19 calls that failed', retryAfterMs: 0, calls: 19, failures: 19 },
    { name: 'stays closed after 9 failures of 20 calls', retryAfterMs: 0, calls: 20, failures: 9 },
    { name: 'opens for 5 s after 10 failures of 20 calls', retryAfterMs: 5000, calls: 20, failures: 10 },
    { name: 'stays closed after 10 failures of 21 calls', retryAfterMs: 0, calls: 21, failures: 10 },
  ])('the circuit $name', ({ retryAfterMs, calls, failures }) => {
    // The failures come last, so that the failure rate is highest at the end.
    const breaker = new CircuitBreaker();
    for (let nth = 0; nth < calls; nth += 1)
      breaker.start(0, nextResource()).record(nth >= calls - failures, 0);
    expect(breaker.retryAfterMs(0)).toBe(retryAfterMs);
  });

  it('ignores failures that are ten seconds old', () => {
    const breaker = createAfter(19, 19);
    breaker.start(0, nextResource()).record(true, 10_000);
    expect(breaker.retryAfterMs(10_000)).toBe(0);
  });

  it('counts failures that are less than ten seconds old', () => {
    const breaker = createAfter(19, 19);
    breaker.start(0, nextResource()).record(true, 9_999);
    expect(breaker.retryAfterMs(9_999)).toBe(5000);
  });

  it('is half-open after five seconds, and lets one call through', () => {
    const breaker = createAfter(20, 20);
    expect(breaker.retryAfterMs(4_999)).toBe(1);
    expect(breaker.retryAfterMs(5_000)).toBe(0);
    expect(breaker.start(0, nextResource()).isProbe).toBe(true);
    expect(breaker.retryAfterMs(5_000)).toBe(1_000);
  });

  it('closes and drops the earlier failures when the probe succeeds', () => {
    const breaker = createAfter(20, 20);
    breaker.start(0, nextResource()).record(false, 5_000);
    for (let nth = 0; nth < 19; nth += 1) {
      expect(breaker.retryAfterMs(5_000)).toBe(0);
      const call = breaker.start(0, nextResource());
      expect(call.isProbe).toBe(false);
      call.record(true, 5_000);
    }
    expect(breaker.retryAfterMs(5_000)).toBe(0);
  });

  it('opens again for five seconds when the probe fails', () => {
    const breaker = createAfter(20, 20);
    breaker.start(0, nextResource()).record(true, 6_000);
    expect(breaker.retryAfterMs(6_000)).toBe(5_000);
    expect(breaker.retryAfterMs(11_000)).toBe(0);
  });

  it('ignores the result of a call that started before it opened', () => {
    const breaker = createAfter(19, 19);
    const late = breaker.start(0, nextResource());
    breaker.start(0, nextResource()).record(true, 0);
    late.record(false, 1);
    expect(breaker.retryAfterMs(1)).toBe(4_999);
  });

  it('ignores the results of calls that started before it opened, after a probe has closed it', () => {
    const breaker = new CircuitBreaker();
    const late = Array.from({ length: 20 }, () => breaker.start(0, nextResource()));
    for (let nth = 0; nth < 20; nth += 1) breaker.start(0, nextResource()).record(true, 0);
    breaker.start(5_000, nextResource()).record(false, 5_000);
    for (const call of late) call.record(true, 5_001);
    expect(breaker.retryAfterMs(5_001)).toBe(0);
  });

  it.each([
    { name: 'closed it', retryAfterMs: 0, hasFailed: false },
    { name: 'opened it again', retryAfterMs: 4_999, hasFailed: true },
  ])(
    'ignores the late result of a lost probe after another probe has $name',
    ({ retryAfterMs, hasFailed }) => {
      const breaker = createAfter(20, 20);
      const lost = breaker.start(5_000, nextResource());
      breaker.start(16_000, nextResource()).record(hasFailed, 16_000);
      lost.record(!hasFailed, 16_001);
      expect(breaker.retryAfterMs(16_001)).toBe(retryAfterMs);
    },
  );

  it('ignores the late result of a lost probe while another probe runs', () => {
    const breaker = createAfter(20, 20);
    const lost = breaker.start(5_000, nextResource());
    breaker.start(16_000, nextResource());
    lost.record(false, 16_001);
    expect(breaker.retryAfterMs(16_001)).toBe(1_000);
  });

  it('lets another call through if the probe never ends', () => {
    const breaker = createAfter(20, 20);
    breaker.start(5_000, nextResource());
    expect(breaker.retryAfterMs(15_999)).toBe(1_000);
    expect(breaker.retryAfterMs(16_000)).toBe(0);
  });

  it('counts at most two calls for one resource', () => {
    const breaker = new CircuitBreaker();
    for (let nth = 0; nth < 100; nth += 1) breaker.start(nth, 'RT1').record(true, nth);
    for (let nth = 0; nth < 17; nth += 1) breaker.start(100, nextResource()).record(true, 100);
    expect(breaker.retryAfterMs(100)).toBe(0);
    breaker.start(100, nextResource()).record(true, 100);
    expect(breaker.retryAfterMs(100)).toBe(5_000);
  });

  it('stays closed if only one resource fails', () => {
    const breaker = new CircuitBreaker();
    for (let now = 0; now < 60_000; now += 100) {
      breaker.start(now, 'RT1').record(true, now);
      if (now % 1_000 === 0) breaker.start(now, nextResource()).record(false, now);
      expect(breaker.retryAfterMs(now)).toBe(0);
    }
  });
});

describe('a resilient source whose circuit is half-open', () => {
  it('makes one call for ten concurrent reads', async () => {
    const harness = createResilienceHarness(failWithStatus(500, { retryAfter: 1 }));
    await harness.readTimes(20);
    const before = harness.calls();
    await harness.clock.advance(5_000);
    let release: (() => void) | undefined;
    harness.setBehaviour(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return succeed();
    });
    const reads = Array.from({ length: 10 }, () => harness.read());
    await harness.clock.advance(0);
    release?.();
    const results = await Promise.all(reads);
    expect(results.filter((result) => result === RECORDING)).toHaveLength(1);
    expect(results.filter((result) => result !== RECORDING)).toMatchObject(
      Array.from({ length: 9 }, () => ({ error: 'circuit_open', retryAfter: 1 })),
    );
    expect(harness.calls()).toBe(before + 1);
  });

  it('does not retry the probe', async () => {
    const harness = createResilienceHarness(failWithStatus(500));
    await harness.readTimes(10);
    const before = harness.calls();
    await harness.clock.advance(5_000);
    expect(await harness.read()).toMatchObject({ status: 500 });
    expect(harness.calls()).toBe(before + 1);
  });
});
