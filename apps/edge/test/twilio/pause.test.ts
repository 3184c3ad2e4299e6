import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { RECORDING } from '../support/recording.ts';
import { answer, makeWorld, found, type Act, type World } from './world.ts';

describe('a pause of the account', () => {
  it.each<readonly [string, Act, number, string, string]>([
    [
      'F20: 429 and Retry-After 7',
      answer(429, { retryAfter: 7 }),
      7,
      'upstream_rate_limited',
      'rate-limited',
    ],
    ['F20: 429 and an hour', answer(429, { retryAfter: 3600 }), 60, 'upstream_rate_limited', 'rate-limited'],
    ['F24: 503 and Retry-After 7', answer(503, { retryAfter: 7 }), 7, 'upstream_unavailable', 'unavailable'],
    ['F40: 70005', answer(403, { twilioCode: 70005 }), 60, 'upstream_rate_limited', 'rate-limited'],
  ])('follows %s', async (_what, act, seconds, error, detail) => {
    const world = makeWorld(act);
    await world.read();
    world.play(found);
    await world.clock.advance(500);
    expect(await world.read()).toMatchObject({
      name: 'NotForwardedError',
      error,
      detail,
      retryAfter: seconds,
    });
    await world.clock.advance(seconds * 1000 - 501);
    expect(await world.read()).toMatchObject({ error, retryAfter: 1 });
    expect(world.calls()).toBe(1);
    await world.clock.advance(1);
    expect(await world.read()).toBe(RECORDING);
  });

  it.each([
    { status: 401, resources: 1 },
    { status: 403, resources: 3 },
  ])(
    'F14: of 30 seconds follows $status for $resources, and answers as it did',
    async ({ status, resources }) => {
      const world = makeWorld(answer(status));
      await world.readTimes(resources - 1);
      const { code } = refusalOf(await world.read());
      world.play(found);
      await world.clock.advance(29_999);
      expect(refusalOf(await world.read())).toMatchObject({ code, status });
      expect(world.calls()).toBe(resources);
      await world.clock.advance(1);
      expect(await world.read()).toBe(RECORDING);
    },
  );

  it('does not follow a 403 for one recording, however often that is read', async () => {
    const world = makeWorld(answer(403));
    for (let nth = 0; nth < 10; nth += 1) {
      expect(await world.readNth(1)).toMatchObject({ code: 'forbidden', status: 403 });
      await world.clock.advance(1_000);
    }
    world.play(found);
    expect(await world.readNth(2)).toBe(RECORDING);
  });

  it('does not follow 403s for several recordings with a good answer between them', async () => {
    const world = makeWorld();
    for (let nth = 0; nth < 10; nth += 1) {
      for (const act of [answer(403), answer(403), found]) {
        world.play(act);
        await world.read();
      }
    }
    expect(await world.read()).toBe(RECORDING);
  });

  it('does not follow 403s for several recordings that lie thirty seconds apart', async () => {
    const world = makeWorld(answer(403));
    for (let nth = 0; nth < 10; nth += 1) {
      await world.read();
      await world.clock.advance(15_000);
    }
    world.play(found);
    expect(await world.read()).toBe(RECORDING);
  });

  it('F14: lets what is stale be served where the operator wants that', async () => {
    const world = makeWorld(answer(401), true);
    await world.read();
    expect(await world.read()).toMatchObject({
      detail: 'upstream-auth',
      error: 'upstream_auth',
      retryAfter: 30,
    });
  });

  it('is not shortened by a later and shorter one', async () => {
    const world = makeWorld();
    const release = hold(world, answer(429, { retryAfter: 1 }));
    const slow = world.start();
    await world.clock.advance(0);
    world.play(answer(429, { retryAfter: 50 }));
    await world.read();
    release();
    await slow;
    expect(await world.read()).toMatchObject({ retryAfter: 50 });
  });

  it.each<readonly [string, Act, Act]>([
    ['a refusal, then a time to wait', answer(401), answer(429, { retryAfter: 60 })],
    ['a time to wait, then a refusal', answer(429, { retryAfter: 60 }), answer(401)],
    ['a refusal, then 70005', answer(401), answer(403, { twilioCode: 70005 })],
  ])(
    'F14, F20: is answered as refused while that lasts, then as asked for: %s',
    async (_what, one, other) => {
      const world = makeWorld();
      const release = hold(world, one);
      const slow = world.start();
      await world.clock.advance(0);
      world.play(other);
      await world.read();
      release();
      await slow;
      world.play(found);
      await world.clock.advance(29_999);
      expect(await world.read()).toMatchObject({
        code: expect.stringMatching(/^(?:unauthorized|forbidden)$/),
      });
      await world.clock.advance(1);
      expect(await world.read()).toMatchObject({ error: 'upstream_rate_limited', retryAfter: 30 });
      await world.clock.advance(30_000);
      expect(await world.read()).toBe(RECORDING);
      expect(world.calls()).toBe(3);
    },
  );

  it('F14: begins anew with every refusal', async () => {
    const world = makeWorld();
    const release = hold(world, answer(401));
    const slow = world.start();
    await world.clock.advance(0);
    world.play(answer(401));
    await world.read();
    await world.clock.advance(20_000);
    release();
    expect(refusalOf(await slow)).toMatchObject({ code: 'unauthorized' });
    world.play(found);
    await world.clock.advance(29_999);
    expect(refusalOf(await world.read())).toMatchObject({ code: 'unauthorized' });
    await world.clock.advance(1);
    expect(await world.read()).toBe(RECORDING);
  });
});

/** What a read threw, where that is no reason to serve anything stale. */
function refusalOf(fault: unknown): RecordingsError {
  if (fault instanceof RecordingsError) return fault;
  throw new Error('The credentials were not refused.');
}

/** Lets calls wait until they are released, and act then. */
function hold(world: World, act: Act): () => void {
  let release: (() => void) | undefined;
  world.play(async () => {
    await new Promise<void>((resolve) => (release = resolve));
    return act();
  });
  return () => release?.();
}
