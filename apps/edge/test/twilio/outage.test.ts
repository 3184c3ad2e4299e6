import { describe, expect, it } from 'vitest';
import { createRandom } from '@room-recordings/testing/random';
import {
  edgeBefore,
  fail,
  found,
  reset,
  sidOf,
  type Act,
  type Came,
  type EdgeBefore,
} from './edge-before.ts';

const READS = 1_000;

/** Reads another recording every 50 ms. */
async function readMany(edge: EdgeBefore, count: number): Promise<readonly Came[]> {
  const answers: Came[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    answers.push(await edge.ask(sidOf(1_000 + nth)));
    edge.clock.skip(50);
  }
  return answers;
}

const saying = (error: string, answers: readonly Came[]) =>
  answers.filter(({ body }) => body['error'] === error).length;

/** Ten reads that fail twice open the breaker; no time has passed since when this returns. */
async function openBreaker(edge: EdgeBefore): Promise<number> {
  edge.play(fail(500));
  for (let nth = 0; nth < 10; nth += 1) await edge.ask(sidOf(500 + nth));
  return edge.calls.length;
}

describe('F28: a source that flaps, over 1,000 reads of what is not stored', () => {
  const faults: readonly Act[] = [fail(500), reset, fail(503), reset];

  async function flap(share: number, seed: number) {
    const edge = edgeBefore();
    const draw = createRandom(seed);
    edge.play((sid) => {
      if (draw() >= share) return found()(sid);
      const act = faults[Math.floor(draw() * faults.length)] ?? reset;
      return act(sid);
    });
    return { answers: await readMany(edge, READS), calls: edge.calls.length };
  }

  it.each([1, 2, 3])(
    'answers 94 % and more where a fifth of the calls fails, drawn from %i',
    async (seed) => {
      const { answers, calls } = await flap(0.2, seed);
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(0.94 * READS);
      expect(calls).toBeLessThanOrEqual(1.25 * READS);
    },
  );

  it.each([1, 2, 3])('opens the breaker where half of them fail, drawn from %i', async (seed) => {
    const { answers, calls } = await flap(0.5, seed);
    expect(saying('circuit_open', answers)).toBeGreaterThan(0);
    expect(calls).toBeLessThanOrEqual(1.25 * READS);
    expect(answers.map(({ status }) => status).filter((status) => ![200, 502, 503].includes(status))).toEqual(
      [],
    );
  });
});

describe('F22, F29: a source that always fails', () => {
  it.each<readonly [string, Act]>([
    ['500', fail(500)],
    ['resets', reset],
  ])('costs at most 1.2 calls a read, over 1,000 reads: %s', async (_what, act) => {
    const edge = edgeBefore();
    edge.play(act);
    const answers = await readMany(edge, READS);
    expect(edge.calls.length).toBeLessThanOrEqual(1.2 * READS);
    // Fifty seconds: twenty calls open the breaker, and every five seconds one looks whether it may close.
    expect(edge.calls.length).toBeLessThanOrEqual(20 + 10);
    expect(saying('circuit_open', answers) + saying('upstream_error', answers)).toBe(READS);
  });
});

describe('F29: an open breaker', () => {
  it('is answered with the time to the probe, and without a call', async () => {
    const edge = edgeBefore();
    const calls = await openBreaker(edge);
    expect(calls).toBe(20);
    for (const [passed, retryAfter] of [
      [0, '5'],
      [3_200, '2'],
      [1_799, '1'],
    ] as const) {
      edge.clock.skip(passed);
      const { status, body, headers } = await edge.ask(sidOf(1));
      expect(status).toBe(503);
      expect(body).toMatchObject({ error: 'circuit_open' });
      expect(headers.get('Retry-After')).toBe(retryAfter);
      expect(headers.get('Cache-Status')).toBe('room-recordings; detail=circuit-open');
    }
    expect(edge.calls).toHaveLength(calls);
  });

  it('is bridged by what is stale, at once and without a call', async () => {
    const edge = edgeBefore();
    await edge.ask(sidOf(1));
    edge.clock.skip(1_000_000);
    const calls = await openBreaker(edge);
    const askedAt = edge.clock.now();
    const { status, headers } = await edge.ask(sidOf(1));
    expect(status).toBe(200);
    expect(headers.get('Cache-Status')).toMatch(/^room-recordings; hit; ttl=-\d+; detail=circuit-open$/);
    expect(edge.calls).toHaveLength(calls);
    expect(edge.clock.now()).toBe(askedAt);
  });
});

describe('F30: after five seconds', () => {
  it.each([
    ['closes the breaker', found(), 200, 2],
    ['opens it again', fail(500), 503, 1],
    ['closes it also with a 404', fail(404), 404, 2],
  ])('exactly one of ten readers asks, and that %s', async (_what, act, statusAfter, callsAfter) => {
    const edge = edgeBefore();
    const calls = await openBreaker(edge);
    edge.clock.skip(5_000);
    let release: (() => void) | undefined;
    edge.play(async (sid) => {
      await new Promise<void>((resolve) => (release = resolve));
      return act(sid);
    });
    const asking = Array.from({ length: 10 }, (_, nth) => edge.ask(sidOf(nth)));
    await edge.clock.advance(0);
    expect(edge.calls).toHaveLength(calls + 1);
    release?.();
    const answers = await Promise.all(asking);
    expect(saying('circuit_open', answers)).toBe(9);
    expect(answers.filter(({ headers }) => headers.get('Retry-After') === '1')).toHaveLength(9);
    edge.play(act);
    expect((await edge.ask(sidOf(20))).status).toBe(statusAfter);
    expect(edge.calls).toHaveLength(calls + callsAfter);
  });

  it('one who was stale before gets what is stale while another asks', async () => {
    const edge = edgeBefore();
    await edge.ask(sidOf(1));
    edge.clock.skip(1_000_000);
    const calls = await openBreaker(edge);
    edge.clock.skip(5_000);
    edge.play(() => new Promise(() => undefined));
    void edge.ask(sidOf(2));
    await edge.clock.advance(0);
    const { status, headers } = await edge.ask(sidOf(1));
    expect(status).toBe(200);
    expect(headers.get('Cache-Status')).toContain('detail=circuit-open');
    expect(edge.calls).toHaveLength(calls + 1);
  });
});
