import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../../src/concurrency/single-flight.ts';
import { makeClock } from '../clock.ts';

/** Work that nobody ends. */
const endless = () => new Promise<string>(() => undefined);

function make() {
  const clock = makeClock();
  return { clock, works: new SingleFlight<string>(1_000, clock.now) };
}

describe('what is in flight', () => {
  it.each<[string, () => Promise<string>]>([
    ['ended', async () => 'done'],
    ['failed', () => Promise.reject(new Error('gone'))],
  ])('F35: is joined until it has %s', async (_what, run) => {
    const { works } = make();
    const result = works.start('key', run);
    expect(works.get('key')).toBe(result);
    await result.catch(() => undefined);
    expect(works.get('key')).toBeUndefined();
  });

  it('F35: is joined until it has reached its age', () => {
    const { clock, works } = make();
    const result = works.start('key', endless);
    clock.skip(999);
    expect(works.get('key')).toBe(result);
    clock.skip(1);
    expect(works.get('key')).toBeUndefined();
  });

  it('S64: gives way to what is begun after it, and does not end that', async () => {
    const { works } = make();
    let isNewest = () => true;
    let finish = (_text: string): void => undefined;
    const first = works.start('key', (ask) => {
      isNewest = ask;
      return new Promise((resolve) => (finish = resolve));
    });
    expect(isNewest()).toBe(true);
    const second = works.start('key', endless);
    expect(isNewest()).toBe(false);
    finish('done');
    await first;
    expect(works.get('key')).toBe(second);
  });

  it('S69: is forgotten for its age, so that what never ends does not pile up', () => {
    const { clock, works } = make();
    const asks: (() => boolean)[] = [];
    const begin = (key: string) =>
      works.start(key, (ask) => {
        asks.push(ask);
        return endless();
      });
    void begin('a');
    void begin('b');
    clock.skip(500);
    void begin('a');
    clock.skip(500);
    void begin('c');
    expect(asks.map((isKept) => isKept())).toEqual([false, false, true, true]);
    clock.skip(500);
    void begin('d');
    expect(asks.map((isKept) => isKept())).toEqual([false, false, false, true, true]);
  });
});
