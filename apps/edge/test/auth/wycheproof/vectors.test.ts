import { RUNTIMES, callOnRuntime } from '@room-recordings/testing/call-on-runtime';
import { expect, it } from 'vitest';
import { VECTOR_COUNT, verifyVectors, VECTORS, EXPECTED_VECTOR_RESULTS } from './vectors.ts';

it('the file has all 401 Wycheproof vectors', () => {
  expect([VECTOR_COUNT, VECTORS.length, Object.keys(EXPECTED_VECTOR_RESULTS).length]).toEqual([
    401, 401, 401,
  ]);
});

it('each Wycheproof vector has the expected result on Node', async () => {
  expect(await verifyVectors()).toEqual(EXPECTED_VECTOR_RESULTS);
});

it.each(RUNTIMES)(
  'each Wycheproof vector has the expected result on %s',
  { timeout: 60_000 },
  async (runtime) => {
    expect(await callOnRuntime(runtime, new URL('vectors.ts', import.meta.url), verifyVectors, [])).toEqual(
      EXPECTED_VECTOR_RESULTS,
    );
  },
);
