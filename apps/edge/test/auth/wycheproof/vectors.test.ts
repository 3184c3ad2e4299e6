import { expect, it } from 'vitest';
import { RUNTIMES, callOnRuntime } from '@room-recordings/testing/call-on-runtime';
import { EXPECTED } from './expected.ts';
import { COUNT, judgeVectors, VECTORS } from './vectors.ts';

it('the file has all 401 Wycheproof vectors', () => {
  expect([COUNT, VECTORS.length, Object.keys(EXPECTED).length]).toEqual([401, 401, 401]);
});

it('each Wycheproof vector has the expected result on Node', async () => {
  expect(await judgeVectors()).toEqual(EXPECTED);
});

it.each(RUNTIMES)(
  'each Wycheproof vector has the expected result on %s',
  { timeout: 60_000 },
  async (runtime) => {
    expect(await callOnRuntime(runtime, new URL('vectors.ts', import.meta.url), judgeVectors, [])).toEqual(
      EXPECTED,
    );
  },
);
