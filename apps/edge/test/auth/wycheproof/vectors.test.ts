import { expect, it } from 'vitest';
import { RUNTIMES, callOnRuntime } from '@room-recordings/testing/call-on-runtime';
import { EXPECTED } from './expected.ts';
import { COUNT, judgeVectors, VECTORS } from './vectors.ts';

it('S50: has all 401 of the vectors', () => {
  expect([COUNT, VECTORS.length, Object.keys(EXPECTED).length]).toEqual([401, 401, 401]);
});

it('S50: of each of the vectors finds on Node what it is', async () => {
  expect(await judgeVectors()).toEqual(EXPECTED);
});

it.each(RUNTIMES)(
  'S50: of each of the vectors finds on %s what it is',
  { timeout: 60_000 },
  async (runtime) => {
    expect(await callOnRuntime(runtime, new URL('vectors.ts', import.meta.url), judgeVectors, [])).toEqual(
      EXPECTED,
    );
  },
);
