import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createRunShared } from '../../src/concurrency/single-flight.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

setFlagsFromString('--expose-gc');
// Only a context that is created after the flag was set has the function.
const collectGarbage = runInNewContext('gc') as () => void;

/** Creates a `runShared` with a timeout of one second; the test resolves its calls. */
function setUp() {
  const clock = createFakeClock();
  const background: Promise<unknown>[] = [];
  const runShared = createRunShared<string>(1_000, {
    ...clock,
    waitUntil: (work) => void background.push(work),
  });
  const resolvers: ((text: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const run = (key = 'key') =>
    runShared(key, (signal) => {
      signals.push(signal);
      return new Promise((resolve) => resolvers.push(resolve));
    });
  return { clock, background, resolvers, signals, run };
}

describe('createRunShared()', () => {
  it('makes one call for concurrent runs of a key, and a new call afterwards', async () => {
    const { resolvers, run, background } = setUp();
    const runs = [run(), run(), run()];
    resolvers[0]?.('one');
    expect(await Promise.all(runs)).toEqual(['one', 'one', 'one']);
    expect(resolvers).toHaveLength(1);
    expect(background).toHaveLength(1);
    await background[0];
    const later = run();
    resolvers[1]?.('two');
    expect(await later).toBe('two');
  });

  it('does not abort the signal of a call that has ended', async () => {
    const { clock, resolvers, run, signals } = setUp();
    const result = run();
    resolvers[0]?.('one');
    await result;
    await clock.advance(1_000);
    expect(signals[0]?.aborted).toBe(false);
  });

  it('makes a call for each key', async () => {
    const { resolvers, run } = setUp();
    const runs = [run('a'), run('b')];
    resolvers[1]?.('of b');
    resolvers[0]?.('of a');
    expect(await Promise.all(runs)).toEqual(['of a', 'of b']);
  });

  it('aborts a call after the timeout, while each run waits for its own timeout', async () => {
    const { clock, run, signals, resolvers } = setUp();
    const first = run();
    await clock.advance(600);
    const second = run();
    await clock.advance(400);
    expect(await first).toBeUndefined();
    expect(signals[0]?.aborted).toBe(true);
    resolvers[0]?.('late');
    expect(await second).toBe('late');
  });

  it('makes a new call after one that was cancelled with its request', async () => {
    const { clock, run, resolvers } = setUp();
    const first = run();
    await clock.advance(1_000);
    expect(await first).toBeUndefined();
    const second = run();
    expect(resolvers).toHaveLength(2);
    resolvers[1]?.('again');
    expect(await second).toBe('again');
    resolvers[0]?.('late');
    await clock.advance(1_000);
    expect(clock.pending()).toBe(0);
  });

  it('drops a call that never settles after the timeout, so that its promise is collected', async () => {
    const clock = createFakeClock();
    // Only the calls themselves keep their promises.
    const runShared = createRunShared<string>(1_000, { ...clock, waitUntil() {} });
    const calls: WeakRef<Promise<string>>[] = [];
    const neverSettle = () => {
      const never = new Promise<string>(() => undefined);
      calls.push(new WeakRef(never));
      return never;
    };
    for (let nth = 0; nth < 100; nth += 1) void runShared(`lost ${nth}`, neverSettle);
    expect(await countReachable(calls)).toBe(100);
    await clock.advance(1_000);
    void runShared('one more', neverSettle);
    expect(await countReachable(calls)).toBe(1);
  });
});

async function countReachable(references: readonly WeakRef<object>[]): Promise<number> {
  // A dereferenced object stays alive until the end of the task.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return references.filter((reference) => reference.deref() !== undefined).length;
}
