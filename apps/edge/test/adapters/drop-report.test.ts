import { describe, expect, it } from 'vitest';
import { createDropReport } from '../../src/adapters/log-writer.ts';

describe('createDropReport', () => {
  it.each([
    ['the first at once', [0], [1]],
    ['no second within ten seconds', [0, 1, 9999], [1]],
    ['the count since the last after ten seconds', [0, 1, 9999, 10_000], [1, 3]],
    ['the counts of each period', [5, 6, 10_005, 10_006, 20_005], [1, 2, 2]],
  ])('reports %s', (_what, times, counts) => {
    const reported: number[] = [];
    let now = 0;
    const count = createDropReport({ report: (dropped) => reported.push(dropped), monotonicNow: () => now });
    for (const time of times) {
      now = time;
      count();
    }
    expect(reported).toEqual(counts);
  });
});
