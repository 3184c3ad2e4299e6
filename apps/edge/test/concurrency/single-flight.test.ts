import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../../src/concurrency/single-flight.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

const neverSettle = () => new Promise<string>(() => undefined);

function setUp() {
  const clock = createFakeClock();
  return { clock, flights: new SingleFlight<string>(1_000, clock.now) };
}

describe('SingleFlight', () => {
  it.each([
    { name: 'resolved', run: async () => 'done' },
    { name: 'rejected', run: () => Promise.reject(new Error('gone')) },
  ])('shares a run until it has $name', async ({ run }) => {
    const { flights } = setUp();
    const result = flights.start('key', run);
    expect(flights.get('key')).toBe(result);
    await result.catch(() => undefined);
    expect(flights.get('key')).toBeUndefined();
  });

  it('shares a run until it has reached the maximum age', () => {
    const { clock, flights } = setUp();
    const result = flights.start('key', neverSettle);
    clock.skip(999);
    expect(flights.get('key')).toBe(result);
    clock.skip(1);
    expect(flights.get('key')).toBeUndefined();
  });

  it('shares the newer of two runs, and keeps it when the older one ends', async () => {
    const { flights } = setUp();
    let isNewest = () => true;
    let finish = (_text: string): void => undefined;
    const first = flights.start('key', (isNewestRun) => {
      isNewest = isNewestRun;
      return new Promise((resolve) => (finish = resolve));
    });
    expect(isNewest()).toBe(true);
    const second = flights.start('key', neverSettle);
    expect(isNewest()).toBe(false);
    finish('done');
    await first;
    expect(flights.get('key')).toBe(second);
  });

  it('drops runs that reached the maximum age, so that lost runs do not accumulate', () => {
    const { clock, flights } = setUp();
    const checks: (() => boolean)[] = [];
    const start = (key: string) =>
      flights.start(key, (isNewest) => {
        checks.push(isNewest);
        return neverSettle();
      });
    void start('a');
    void start('b');
    clock.skip(500);
    void start('a');
    clock.skip(500);
    void start('c');
    expect(checks.map((isNewest) => isNewest())).toEqual([false, false, true, true]);
    clock.skip(500);
    void start('d');
    expect(checks.map((isNewest) => isNewest())).toEqual([false, false, false, true, true]);
  });
});
