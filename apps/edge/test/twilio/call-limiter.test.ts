import { describe, expect, it } from 'vitest';
import { NotFoundBalances } from '../../src/twilio/resilience/call-accounting.ts';
import {
  CallLimiter,
  type CallLimitResult,
  type CallPermit,
} from '../../src/twilio/resilience/call-limiter.ts';

/** Begins a call that nothing is against; fails for one that may not be made. */
function begin(limiter: CallLimiter, caller: string, now: number): CallPermit {
  expect(limiter.check(caller, now)).toBeUndefined();
  return limiter.acquire(caller, now);
}

/** Makes as many calls as the limiter allows, each of which ends at once. */
function exhaust(
  limiter: CallLimiter,
  caller: string,
  came: 'found' | 'not-found',
  now: number,
): { readonly calls: number; readonly against: CallLimitResult } {
  for (let calls = 0; ; calls += 1) {
    const against = limiter.check(caller, now);
    if (against !== undefined) return { calls, against };
    limiter.acquire(caller, now).release(came, now);
  }
}

describe('CallLimiter', () => {
  it('lets a lone caller use the whole budget, and answers that it is overloaded', () => {
    const found = exhaust(new CallLimiter(), 'a', 'found', 0);
    expect(found).toEqual({
      calls: 40,
      against: { kind: 'rejected', error: 'overloaded', retryAfterMs: 1_000 },
    });
    const missing = exhaust(new CallLimiter(), 'a', 'not-found', 0);
    expect(missing).toEqual({
      calls: 5,
      against: { kind: 'rejected', error: 'overloaded', retryAfterMs: 1_000 },
    });
    const limiter = new CallLimiter();
    for (let nth = 0; nth < 20; nth += 1) begin(limiter, 'a', 0);
    expect(limiter.check('a', 0)).toMatchObject({ error: 'overloaded' });
  });

  it('lets a caller that owes nothing go on when another has spent the 404s, and refuses that one', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    for (let nth = 0; nth < 20; nth += 1) begin(limiter, 'reader', nth).release('found', nth);
    expect(limiter.check('flood', 20)).toMatchObject({ kind: 'rejected', error: 'rate_limited' });
  });

  it('gives each newcomer one 404 when they are spent, and charges its calls in advance', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    for (let nth = 0; nth < 10; nth += 1) {
      const call = begin(limiter, `newcomer ${nth}`, 0);
      expect(limiter.check(`newcomer ${nth}`, 0)).toMatchObject({ kind: 'wait' });
      call.release('not-found', 0);
      expect(limiter.check(`newcomer ${nth}`, 0)).toMatchObject({ error: 'rate_limited' });
    }
  });

  it('lets a caller with one 404 go on in turns, while others read, too', () => {
    const limiter = new CallLimiter();
    begin(limiter, 'other', 0).release('found', 0);
    begin(limiter, 'page', 100).release('not-found', 100);
    const running = Array.from({ length: 4 }, () => begin(limiter, 'page', 120));
    expect(limiter.check('page', 120)).toMatchObject({ kind: 'wait' });
    for (const call of running) call.release('found', 150);
    for (let nth = 0; nth < 16; nth += 1) begin(limiter, 'page', 160).release('found', 160);
  });

  it('makes twenty callers with one 404 each wait for each other, and refuses none', () => {
    const limiter = new CallLimiter();
    for (let nth = 0; nth < 20; nth += 1)
      begin(limiter, `caller ${nth}`, nth * 250).release('not-found', nth * 250);
    const now = 6_200;
    let waiting = 0;
    for (let nth = 0; nth < 20; nth += 1) {
      const against = limiter.check(`caller ${nth}`, now);
      if (against === undefined) limiter.acquire(`caller ${nth}`, now);
      else if (against.kind === 'wait') waiting += 1;
      else throw new Error(`Caller ${nth} is refused.`);
    }
    expect(waiting).toBeGreaterThan(0);
  });

  it('does not let callers that wait for 404s stand in the way of others', () => {
    const limiter = new CallLimiter();
    for (let nth = 0; nth < 30; nth += 1)
      begin(limiter, `caller ${nth}`, nth * 210).release('not-found', nth * 210);
    const now = 30 * 210 + 1_000;
    for (let nth = 0; nth < 30; nth += 1) {
      const against = limiter.check(`caller ${nth}`, now);
      if (against === undefined) limiter.acquire(`caller ${nth}`, now);
      else if (against.kind === 'wait') limiter.enqueue(`caller ${nth}`, now, against.reason);
    }
    expect(limiter.check('healthy', now)).toBeUndefined();
    limiter.acquire('healthy', now);
    expect(limiter.check('healthy', now + 200)).toBeUndefined();
  });

  it('allows a caller one more call at a time for each that found something', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    for (let nth = 0; nth < 3; nth += 1) begin(limiter, 'reader', 0).release('found', 0);
    for (let nth = 0; nth < 4; nth += 1) begin(limiter, 'reader', 0);
    expect(limiter.check('reader', 0)).toMatchObject({ kind: 'wait' });
  });

  it('overdraws the budget of 404s by no more than five seconds for newcomers', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    let [missing, now] = [5, 0];
    let against: CallLimitResult | undefined;
    while (against === undefined) {
      // Below forty calls a second, so that nothing else is in the way.
      now += 30;
      against = limiter.check(`newcomer ${missing}`, now);
      if (against !== undefined) break;
      limiter.acquire(`newcomer ${missing}`, now).release('not-found', now);
      missing += 1;
    }
    expect(against).toMatchObject({ kind: 'rejected', error: 'overloaded' });
    const repaid = (5 * now) / 1_000;
    expect(missing - repaid).toBeGreaterThan(22);
    expect(missing - repaid).toBeLessThanOrEqual(31);
  });

  it.each([
    { name: 'one caller', callers: 1 },
    { name: 'two callers', callers: 2 },
    { name: 'twenty callers', callers: 20 },
  ])('keeps the 404s of $name to five a second, in equal shares', ({ callers }) => {
    const limiter = new CallLimiter();
    const missing = Array.from({ length: callers }, () => 0);
    limiter.check('a reader', 0);
    for (let now = 0; now < 60_000; now += 10) {
      if (now % 5_000 === 0) limiter.check('a reader', now);
      for (let nth = 0; nth < callers; nth += 1) {
        // The first one is always the first to ask.
        if (limiter.check(`caller ${nth}`, now) !== undefined) continue;
        limiter.acquire(`caller ${nth}`, now).release('not-found', now);
        missing[nth] = (missing[nth] ?? 0) + 1;
      }
    }
    const total = missing.reduce((sum, each) => sum + each, 0);
    expect(total).toBeLessThanOrEqual(5 * 60 + callers);
    expect(total).toBeGreaterThan(4 * 60);
    expect(Math.min(...missing)).toBeGreaterThanOrEqual((0.5 * total) / callers);
  });

  it('divides the calls of a second equally between two callers that want all of them', () => {
    const limiter = new CallLimiter();
    const calls = { a: 0, b: 0 };
    for (let now = 0; now < 60_000; now += 5) {
      for (const caller of ['a', 'a', 'a', 'a', 'b'] as const) {
        if (limiter.check(caller, now) !== undefined) continue;
        limiter.acquire(caller, now).release('found', now);
        if (now >= 10_000) calls[caller] += 1;
      }
    }
    expect(calls.a + calls.b).toBeGreaterThan(34 * 50);
    expect(calls.a + calls.b).toBeLessThanOrEqual(40 * 51);
    expect(calls.b / calls.a).toBeGreaterThan(0.8);
    expect(calls.b / calls.a).toBeLessThan(1.25);
  });

  it('lets everyone read while all of them together stay below the caps', () => {
    const limiter = new CallLimiter();
    for (let second = 0; second < 30; second += 1) {
      for (let nth = 0; nth < 30; nth += 1)
        begin(limiter, 'a', second * 1_000).release('found', second * 1_000);
      for (let nth = 0; nth < 9; nth += 1)
        begin(limiter, 'b', second * 1_000).release('found', second * 1_000);
    }
  });

  it('gives the next free call to who waits below its share', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'found', 0);
    expect(limiter.check('reader', 500)).toMatchObject({ kind: 'wait' });
    const place = limiter.enqueue('reader', 500, 'capacity');
    expect(limiter.check('flood', 999)).toMatchObject({ kind: 'rejected', error: 'rate_limited' });
    expect(limiter.check('reader', 1_000, place)).toBeUndefined();
  });

  it('lets no more than 20 reads of one caller wait, and 400 of all', () => {
    const limiter = new CallLimiter();
    const joined = (caller: string) =>
      Array.from({ length: 30 }, () => limiter.enqueue(caller, 0, 'capacity')).filter(
        (place) => place !== undefined,
      ).length;
    expect(joined('a')).toBe(20);
    for (let nth = 0; nth < 19; nth += 1) expect(joined(`caller ${nth}`)).toBe(20);
    expect(joined('one more')).toBe(0);
    expect(limiter.enqueue('one more', 1_001, 'capacity')).toBeDefined();
  });
});

describe('NotFoundBalances', () => {
  it('remembers no more than 1,024 callers', () => {
    const balances = new NotFoundBalances();
    for (let nth = 0; nth < 5_000; nth += 1) balances.record(`caller ${nth}`, true, 0);
    const kept = Array.from({ length: 5_000 }, (_, nth) => nth).filter((nth) =>
      balances.isInDebt(`caller ${nth}`, 0),
    );
    expect(kept).toHaveLength(1_024);
  });
});
