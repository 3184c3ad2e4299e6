import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { RECORDING } from '../support/recording.ts';
import { answer, found, makeWorld, unreachable, type Act } from './world.ts';

const SPENT = 10;

/** Fails so often, then finds. */
function failing(times: number, act: Act): Act {
  let left = times;
  return () => {
    left -= 1;
    return left < 0 ? found() : act();
  };
}

describe('a second try', () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530])(
    'F17, F21–F24, F39: follows %i, once',
    async (status) => {
      const world = makeWorld(answer(status));
      expect(await world.read()).toMatchObject({ status });
      expect(world.calls()).toBe(2);
    },
  );

  it.each([
    ['F01, F09: a connection that broke before any byte', unreachable],
    ['F05: headers that did not come', () => Promise.reject(new RecordingsError('timeout', 'Nothing came.'))],
  ])('follows %s, and may help', async (_what, act) => {
    const world = makeWorld(failing(1, act));
    expect(await world.read()).toBe(RECORDING);
    expect(world.calls()).toBe(2);
  });

  it.each<readonly [string, Act]>([
    ['F07, F08: an answer that broke off', () => Promise.reject(broken('network', { status: 200 }))],
    ['F10–F12: no recording', () => Promise.reject(broken('invalid_response', { status: 200 }))],
    ['F13: another recording', () => Promise.reject(broken('mismatch', { status: 200 }))],
    ['F14: refused credentials', answer(401)],
    ['F15: nothing there', answer(404)],
    ['F18: gone', answer(410)],
    ['F20: too many reads, with a time to wait', answer(429, { retryAfter: 1 })],
    ['F24: unavailable, with a time to wait', answer(503, { retryAfter: 1 })],
    ['F25: a redirect', answer(302)],
    ['F39: a bad certificate seen by the platform', answer(526)],
    ['what is no error of the source', () => Promise.reject(new TypeError('x'))],
    ['F03: a certificate that has expired', tlsFault],
  ])('does not follow %s', async (_what, act) => {
    const world = makeWorld(act);
    expect(await world.read()).toBeInstanceOf(Error);
    expect(world.calls()).toBe(1);
  });

  it('is not made where the deadline is nearer than the pause', async () => {
    const world = makeWorld();
    world.play(async () => {
      await world.clock.sleep(9_900, new AbortController().signal);
      return unreachable();
    });
    const reading = world.read();
    await world.clock.advance(9_900);
    expect(await reading).toMatchObject({ code: 'network' });
    expect(world.calls()).toBe(1);
  });

  it('costs one of ten that a run of failures has, and four calls that go well earn one', async () => {
    const world = makeWorld(unreachable);
    // Slowly enough for neither the caps nor the breaker's window of ten seconds to have a say.
    const triesOf = async () => {
      const before = world.calls();
      await world.read();
      await world.clock.advance(3_000);
      return world.calls() - before;
    };
    const tries: number[] = [];
    for (let nth = 0; nth < 12; nth += 1) tries.push(await triesOf());
    for (const act of [found, found, found, unreachable, found, unreachable, unreachable]) {
      world.play(act);
      tries.push(await triesOf());
    }
    expect(tries.join('')).toBe('2222222222111111121');
  });

  it('is neither made nor waited for where the first one opened the breaker', async () => {
    const world = makeWorld(answer(500));
    await world.readTimes(9);
    world.play(answer(500, { retryAfter: 1 }));
    await world.read();
    world.play(answer(500));
    const [calls, askedAt] = [world.calls(), world.clock.now()];
    expect(calls).toBe(19);
    expect(await world.read()).toMatchObject({ status: 500 });
    expect(world.calls()).toBe(calls + 1);
    expect(world.clock.now()).toBe(askedAt);
    expect(await world.read()).toMatchObject({ error: 'circuit_open' });
  });

  it.each<readonly [string, Act]>([
    ['a pause', answer(429, { retryAfter: 60 })],
    ['404s', answer(404)],
  ])('is not made where %s came meanwhile, and costs nothing then', async (_what, act) => {
    const world = makeWorld(unreachable);
    for (let nth = 0; nth < SPENT; nth += 1) {
      const reading = world.start();
      await world.clock.advance(0);
      world.play(act);
      for (let other = 0; other < 5; other += 1) await world.start();
      const before = world.calls();
      await world.clock.advance(250);
      expect(await reading).toMatchObject({ code: 'network' });
      expect(world.calls()).toBe(before);
      await world.clock.advance(61_000);
      world.play(unreachable);
    }
    const before = world.calls();
    for (let nth = 0; nth < SPENT; nth += 1) {
      await world.read();
      await world.clock.advance(3_000);
    }
    expect(world.calls() - before).toBe(2 * SPENT);
  });

  it('F14: answers as refused where the credentials were refused meanwhile', async () => {
    const world = makeWorld(unreachable);
    const reading = world.start();
    await world.clock.advance(0);
    world.play(answer(401));
    await world.start();
    await world.clock.advance(250);
    expect(await reading).toMatchObject({ name: 'RecordingsError', code: 'unauthorized' });
    expect(world.calls()).toBe(2);
  });
});

describe('the deadline', () => {
  it('F04, F27: gives up after ten seconds, however many tries', async () => {
    const world = makeWorld((signal) => {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(new RecordingsError('aborted', 'Given up.')));
      });
    });
    let came: unknown;
    void world.read().then((fault) => (came = fault));
    await world.clock.advance(9_999);
    expect(came).toBeUndefined();
    await world.clock.advance(1);
    expect(came).toMatchObject({ code: 'aborted' });
    expect(world.calls()).toBe(1);
  });

  it('leaves no timer behind, and gives up nothing that has ended', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const world = makeWorld((signal) => {
      signals.push(signal);
      return found();
    });
    await world.read();
    expect(world.clock.pending()).toBe(0);
    await world.clock.advance(10_000);
    expect(signals).toMatchObject([{ aborted: false }]);
  });
});

describe('the caps', () => {
  it('F40, S70: let 20 calls run at a time, and refuse the next at once', async () => {
    const world = makeWorld(() => new Promise(() => undefined));
    for (let nth = 0; nth < 20; nth += 1) void world.read();
    await world.clock.advance(0);
    expect(await world.read()).toMatchObject({ error: 'overloaded', detail: 'overloaded', retryAfter: 1 });
    expect(world.calls()).toBe(20);
  });

  it('F40: let 40 calls begin in a second', async () => {
    const world = makeWorld();
    await world.readTimes(40);
    expect(await world.read()).toMatchObject({ error: 'overloaded' });
    await world.clock.advance(999);
    expect(await world.read()).toMatchObject({ error: 'overloaded' });
    await world.clock.advance(1);
    expect(await world.read()).toBe(RECORDING);
    expect(world.calls()).toBe(41);
  });

  it('F40: let 5 answers of 404 come in a second', async () => {
    const world = makeWorld(answer(404));
    await world.readTimes(5);
    expect(await world.read()).toMatchObject({ error: 'overloaded' });
    expect(world.calls()).toBe(5);
    await world.clock.advance(1_000);
    expect(await world.read()).toMatchObject({ code: 'not_found' });
  });

  it('leave the probe of a breaker to be made later', async () => {
    const world = makeWorld(answer(500, { retryAfter: 1 }));
    await world.readTimes(20);
    world.play(found);
    expect(await world.read()).toMatchObject({ error: 'circuit_open', retryAfter: 5 });
    await world.clock.advance(5_000);
    expect(await world.read()).toBe(RECORDING);
  });
});

describe('F30: when the source may be back', () => {
  it('exactly one of ten readers asks it', async () => {
    const world = makeWorld(answer(500, { retryAfter: 1 }));
    await world.readTimes(20);
    const before = world.calls();
    await world.clock.advance(5_000);
    let release: (() => void) | undefined;
    world.play(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return found();
    });
    const readers = Array.from({ length: 10 }, () => world.read());
    await world.clock.advance(0);
    release?.();
    const answers = await Promise.all(readers);
    expect(answers.filter((each) => each === RECORDING)).toHaveLength(1);
    expect(answers.filter((each) => each !== RECORDING)).toMatchObject(
      Array.from({ length: 9 }, () => ({ error: 'circuit_open', retryAfter: 1 })),
    );
    expect(world.calls()).toBe(before + 1);
  });

  it('the one who asks does not ask twice', async () => {
    const world = makeWorld(answer(500));
    await world.readTimes(10);
    const before = world.calls();
    await world.clock.advance(5_000);
    expect(await world.read()).toMatchObject({ status: 500 });
    expect(world.calls()).toBe(before + 1);
  });
});

function broken(
  code: 'network' | 'invalid_response' | 'mismatch',
  details: { readonly status: number },
): Error {
  return new RecordingsError(code, 'Broken.', details);
}

function tlsFault(): Promise<never> {
  const cause = Object.assign(new TypeError('x'), { code: 'CERT_HAS_EXPIRED' });
  return Promise.reject(new RecordingsError('network', 'No connection.', { cause }));
}
