import { RUNTIMES, callOnRuntime } from '@room-recordings/testing/call-on-runtime';
import { expect, it } from 'vitest';
import { EXPECTED_AUTH_RESULTS, runAuthCases } from './runtime-cases.ts';
import { EXPECTED_URL_RESULTS, runUrlCases } from './url-cases.ts';

it('all strategies decide as expected on Node', async () => {
  expect(await runAuthCases()).toEqual(EXPECTED_AUTH_RESULTS);
});

it.each(RUNTIMES)('all strategies decide on %s as on Node', { timeout: 60_000 }, async (runtime) => {
  expect(
    await callOnRuntime(runtime, new URL('runtime-cases.ts', import.meta.url), runAuthCases, []),
  ).toEqual(EXPECTED_AUTH_RESULTS);
});

it('signed URLs open the resources of their path on Node', async () => {
  expect(await runUrlCases()).toEqual(EXPECTED_URL_RESULTS);
});

it.each(RUNTIMES)(
  'signed URLs open the same resources on %s as on Node',
  { timeout: 60_000 },
  async (runtime) => {
    expect(await callOnRuntime(runtime, new URL('url-cases.ts', import.meta.url), runUrlCases, [])).toEqual(
      EXPECTED_URL_RESULTS,
    );
  },
);
