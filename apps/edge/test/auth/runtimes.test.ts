import { RUNTIMES, callOnRuntime } from '@room-recordings/testing/call-on-runtime';
import { expect, it } from 'vitest';
import { EXPECTED_AUTH_RESULTS, runAuthCases } from './runtime-cases.ts';

it('all strategies decide as expected on Node', async () => {
  expect(await runAuthCases()).toEqual(EXPECTED_AUTH_RESULTS);
});

it.each(RUNTIMES)('all strategies decide on %s as on Node', { timeout: 60_000 }, async (runtime) => {
  expect(
    await callOnRuntime(runtime, new URL('runtime-cases.ts', import.meta.url), runAuthCases, []),
  ).toEqual(EXPECTED_AUTH_RESULTS);
});
