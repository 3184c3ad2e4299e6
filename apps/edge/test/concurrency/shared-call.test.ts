import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createRunShared } from '../../src/concurrency/single-flight.ts';
import { makeClock } from '../clock.ts';

setFlagsFromString('--expose-gc');
// A context that is made now has it.
const collectGarbage = runInNewContext('gc') as () => void;

/** Calls of at most a second, which a test answers or leaves without an answer. */
function world() {
  const clock = makeClock();
  const kept: Promise<unknown>[] = [];
  const share = createRunShared<string>(1_000, { ...clock, waitUntil: (work) => void kept.push(work) });
  const answers: ((text: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const ask = (key = 'key') =>
    share(key, (signal) => {
      signals.push(signal);
      return new Promise((resolve) => answers.push(resolve));
    });
  return { clock, kept, answers, signals, ask };
}

describe('a call that is shared', () => {
  it('is made once for all who ask meanwhile, and again for who asks later', async () => {
    const { answers, ask, kept } = world();
    const waiting = [ask(), ask(), ask()];
    answers[0]?.('one');
    expect(await Promise.all(waiting)).toEqual(['one', 'one', 'one']);
    expect(answers).toHaveLength(1);
    expect(kept).toHaveLength(1);
    await kept[0];
    const later = ask();
    answers[1]?.('two');
    expect(await later).toBe('two');
  });

  it('is not given up once it has ended', async () => {
    const { clock, answers, ask, signals } = world();
    const asked = ask();
    answers[0]?.('one');
    await asked;
    await clock.pass(1_000);
    expect(signals[0]?.aborted).toBe(false);
  });

  it('is made for each key by itself', async () => {
    const { answers, ask } = world();
    const waiting = [ask('a'), ask('b')];
    answers[1]?.('of b');
    answers[0]?.('of a');
    expect(await Promise.all(waiting)).toEqual(['of a', 'of b']);
  });

  it('is waited for as long as each may wait, and then ended', async () => {
    const { clock, ask, signals, answers } = world();
    const first = ask();
    await clock.pass(600);
    const second = ask();
    await clock.pass(400);
    expect(await first).toBeUndefined();
    expect(signals[0]?.aborted).toBe(true);
    answers[0]?.('late');
    expect(await second).toBe('late');
  });

  it('is made anew where the one before it is gone with the request that began it', async () => {
    const { clock, ask, answers } = world();
    const first = ask();
    await clock.pass(1_000);
    expect(await first).toBeUndefined();
    const second = ask();
    expect(answers).toHaveLength(2);
    answers[1]?.('again');
    expect(await second).toBe('again');
    answers[0]?.('late');
    await clock.pass(1_000);
    expect(clock.waiting()).toBe(0);
  });

  it('S74: is forgotten after its time where it never settles', async () => {
    const clock = makeClock();
    // Nobody but the calls themselves keeps what they wait for.
    const share = createRunShared<string>(1_000, { ...clock, waitUntil() {} });
    const lost: WeakRef<Promise<string>>[] = [];
    const lose = () => {
      const never = new Promise<string>(() => undefined);
      lost.push(new WeakRef(never));
      return never;
    };
    for (let nth = 0; nth < 100; nth += 1) void share(`lost ${nth}`, lose);
    expect(await countKept(lost)).toBe(100);
    await clock.pass(1_000);
    void share('one more', lose);
    expect(await countKept(lost)).toBe(1);
  });
});

/** How many are still there when all has been collected that nobody can reach. */
async function countKept(all: readonly WeakRef<object>[]): Promise<number> {
  // What was looked at is kept until the turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return all.filter((one) => one.deref() !== undefined).length;
}
