import { describe, expect, it } from 'vitest';
import { createDropReport } from '../../src/adapters/log-writer.ts';

describe('createDropReport()', () => {
  it.each([
    { name: 'the first dropped connection immediately', times: [0], counts: [1] },
    { name: 'no further connection within ten seconds', times: [0, 1, 9999], counts: [1] },
    {
      name: 'the connections since the last report after ten seconds',
      times: [0, 1, 9999, 10_000],
      counts: [1, 3],
    },
    { name: 'the connections of each ten seconds', times: [5, 6, 10_005, 10_006, 20_005], counts: [1, 2, 2] },
  ])('reports $name', ({ times, counts }) => {
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
