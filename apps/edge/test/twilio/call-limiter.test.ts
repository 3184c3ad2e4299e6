import { describe, expect, it } from 'vitest';
import { NotFoundBalances } from '../../src/twilio/resilience/call-accounting.ts';
import {
  CallLimiter,
  type CallLimitResult,
  type CallPermit,
} from '../../src/twilio/resilience/call-limiter.ts';

/** Starts a call, and fails if the limiter does not allow it. */
function start(limiter: CallLimiter, client: string, now: number): CallPermit {
  expect(limiter.check(client, now)).toBeUndefined();
  return limiter.acquire(client, now);
}

/** Makes as many calls as the limiter allows. Each call ends at once. */
function exhaust(
  limiter: CallLimiter,
  client: string,
  outcome: 'found' | 'not-found',
  now: number,
): { readonly calls: number; readonly result: CallLimitResult } {
  for (let calls = 0; ; calls += 1) {
    const result = limiter.check(client, now);
    if (result !== undefined) return { calls, result };
    limiter.acquire(client, now).release(outcome, now);
  }
}

describe('CallLimiter', () => {
  it('lets a lone client use all capacity, and rejects its next call as overloaded', () => {
    const found = exhaust(new CallLimiter(), 'a', 'found', 0);
    expect(found).toEqual({
      calls: 40,
      result: { kind: 'rejected', error: 'overloaded', retryAfterMs: 1_000 },
    });
    const notFound = exhaust(new CallLimiter(), 'a', 'not-found', 0);
    expect(notFound).toEqual({
      calls: 5,
      result: { kind: 'rejected', error: 'overloaded', retryAfterMs: 1_000 },
    });
    const limiter = new CallLimiter();
    for (let nth = 0; nth < 20; nth += 1) start(limiter, 'a', 0);
    expect(limiter.check('a', 0)).toMatchObject({ error: 'overloaded' });
  });

  it('allows calls of a client without debt after another client has spent the 404 budget, and rejects that one', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    for (let nth = 0; nth < 20; nth += 1) start(limiter, 'reader', nth).release('found', nth);
    expect(limiter.check('flood', 20)).toMatchObject({ kind: 'rejected', error: 'rate_limited' });
  });

  it('allows each new client one 404 after the budget is spent, and counts its running calls in advance', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    for (let nth = 0; nth < 10; nth += 1) {
      const call = start(limiter, `newcomer ${nth}`, 0);
      expect(limiter.check(`newcomer ${nth}`, 0)).toMatchObject({ kind: 'wait' });
      call.release('not-found', 0);
      expect(limiter.check(`newcomer ${nth}`, 0)).toMatchObject({ error: 'rate_limited' });
    }
  });

  it('lets a client with one 404 wait while its calls run, and then continue', () => {
    const limiter = new CallLimiter();
    start(limiter, 'other', 0).release('found', 0);
    start(limiter, 'page', 100).release('not-found', 100);
    const running = Array.from({ length: 4 }, () => start(limiter, 'page', 120));
    expect(limiter.check('page', 120)).toMatchObject({ kind: 'wait' });
    for (const call of running) call.release('found', 150);
    for (let nth = 0; nth < 16; nth += 1) start(limiter, 'page', 160).release('found', 160);
  });

  it('lets twenty clients with one 404 each wait, and rejects none of them', () => {
    const limiter = new CallLimiter();
    for (let nth = 0; nth < 20; nth += 1)
      start(limiter, `client ${nth}`, nth * 250).release('not-found', nth * 250);
    const now = 6_200;
    let waiting = 0;
    for (let nth = 0; nth < 20; nth += 1) {
      const result = limiter.check(`client ${nth}`, now);
      if (result === undefined) limiter.acquire(`client ${nth}`, now);
      else if (result.kind === 'wait') waiting += 1;
      else throw new Error(`Client ${nth} is rejected.`);
    }
    expect(waiting).toBeGreaterThan(0);
  });

  it('reserves no capacity for calls that wait for 404 responses', () => {
    const limiter = new CallLimiter();
    for (let nth = 0; nth < 30; nth += 1)
      start(limiter, `client ${nth}`, nth * 210).release('not-found', nth * 210);
    const now = 30 * 210 + 1_000;
    for (let nth = 0; nth < 30; nth += 1) {
      const result = limiter.check(`client ${nth}`, now);
      if (result === undefined) limiter.acquire(`client ${nth}`, now);
      else if (result.kind === 'wait') limiter.enqueue(`client ${nth}`, now, result.reason);
    }
    expect(limiter.check('healthy', now)).toBeUndefined();
    limiter.acquire('healthy', now);
    expect(limiter.check('healthy', now + 200)).toBeUndefined();
  });

  it('allows a client one more concurrent call for each found recording', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    for (let nth = 0; nth < 3; nth += 1) start(limiter, 'reader', 0).release('found', 0);
    for (let nth = 0; nth < 4; nth += 1) start(limiter, 'reader', 0);
    expect(limiter.check('reader', 0)).toMatchObject({ kind: 'wait' });
  });

  it('lets new clients overdraw the 404 budget by at most five seconds', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'not-found', 0);
    let [notFound, now] = [5, 0];
    let result: CallLimitResult | undefined;
    while (result === undefined) {
      // Less than forty calls per second, so that no other limit applies.
      now += 30;
      result = limiter.check(`newcomer ${notFound}`, now);
      if (result !== undefined) break;
      limiter.acquire(`newcomer ${notFound}`, now).release('not-found', now);
      notFound += 1;
    }
    expect(result).toMatchObject({ kind: 'rejected', error: 'overloaded' });
    const repaid = (5 * now) / 1_000;
    expect(notFound - repaid).toBeGreaterThan(22);
    expect(notFound - repaid).toBeLessThanOrEqual(31);
  });

  it.each([
    { name: 'one client', clients: 1 },
    { name: 'two clients', clients: 2 },
    { name: 'twenty clients', clients: 20 },
  ])('limits the 404s of $name to five per second, in equal shares', ({ clients }) => {
    const limiter = new CallLimiter();
    const notFound = Array.from({ length: clients }, () => 0);
    limiter.check('a reader', 0);
    for (let now = 0; now < 60_000; now += 10) {
      if (now % 5_000 === 0) limiter.check('a reader', now);
      for (let nth = 0; nth < clients; nth += 1) {
        // The first client is always checked first.
        if (limiter.check(`client ${nth}`, now) !== undefined) continue;
        limiter.acquire(`client ${nth}`, now).release('not-found', now);
        notFound[nth] = (notFound[nth] ?? 0) + 1;
      }
    }
    const total = notFound.reduce((sum, each) => sum + each, 0);
    expect(total).toBeLessThanOrEqual(5 * 60 + clients);
    expect(total).toBeGreaterThan(4 * 60);
    expect(Math.min(...notFound)).toBeGreaterThanOrEqual((0.5 * total) / clients);
  });

  it('divides the calls per second equally between two clients that use all of them', () => {
    const limiter = new CallLimiter();
    const calls = { a: 0, b: 0 };
    for (let now = 0; now < 60_000; now += 5) {
      for (const client of ['a', 'a', 'a', 'a', 'b'] as const) {
        if (limiter.check(client, now) !== undefined) continue;
        limiter.acquire(client, now).release('found', now);
        if (now >= 10_000) calls[client] += 1;
      }
    }
    expect(calls.a + calls.b).toBeGreaterThan(34 * 50);
    expect(calls.a + calls.b).toBeLessThanOrEqual(40 * 51);
    expect(calls.b / calls.a).toBeGreaterThan(0.8);
    expect(calls.b / calls.a).toBeLessThan(1.25);
  });

  it('allows every call while all clients together stay below the limits', () => {
    const limiter = new CallLimiter();
    for (let second = 0; second < 30; second += 1) {
      for (let nth = 0; nth < 30; nth += 1)
        start(limiter, 'a', second * 1_000).release('found', second * 1_000);
      for (let nth = 0; nth < 9; nth += 1)
        start(limiter, 'b', second * 1_000).release('found', second * 1_000);
    }
  });

  it('gives free capacity to the waiting client that is below its share', () => {
    const limiter = new CallLimiter();
    exhaust(limiter, 'flood', 'found', 0);
    expect(limiter.check('reader', 500)).toMatchObject({ kind: 'wait' });
    const queued = limiter.enqueue('reader', 500, 'capacity');
    expect(limiter.check('flood', 999)).toMatchObject({ kind: 'rejected', error: 'rate_limited' });
    expect(limiter.check('reader', 1_000, queued)).toBeUndefined();
  });

  it('queues at most 20 calls of one client and 400 calls in total', () => {
    const limiter = new CallLimiter();
    const enqueueMany = (client: string) =>
      Array.from({ length: 30 }, () => limiter.enqueue(client, 0, 'capacity')).filter(
        (queued) => queued !== undefined,
      ).length;
    expect(enqueueMany('a')).toBe(20);
    for (let nth = 0; nth < 19; nth += 1) expect(enqueueMany(`client ${nth}`)).toBe(20);
    expect(enqueueMany('one more')).toBe(0);
    expect(limiter.enqueue('one more', 1_001, 'capacity')).toBeDefined();
  });
});

describe('NotFoundBalances', () => {
  it('keeps the balances of at most 1,024 clients', () => {
    const balances = new NotFoundBalances();
    for (let nth = 0; nth < 5_000; nth += 1) balances.record(`client ${nth}`, true, 0);
    const kept = Array.from({ length: 5_000 }, (_, nth) => nth).filter((nth) =>
      balances.isInDebt(`client ${nth}`, 0),
    );
    expect(kept).toHaveLength(1_024);
  });
});
