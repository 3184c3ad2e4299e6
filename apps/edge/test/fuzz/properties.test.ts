import process from 'node:process';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { expect, test } from 'vitest';
import { PROPERTIES, runProperties } from './properties.ts';

/** Inputs for each property; `pnpm test:long` sets 100,000. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const TIMEOUT_MS = 60_000 + RUNS * 30;

test.each(PROPERTIES)('on Node, $name', ({ run }) => run(RUNS), TIMEOUT_MS);

test.each(RUNTIMES)(
  'every property holds on %s',
  async (runtime) => {
    const module = new URL('properties.ts', import.meta.url);
    const report = await callOnRuntime(runtime, module, runProperties, [RUNS], { timeoutMs: TIMEOUT_MS });
    expect(report).toEqual(expectedReport(runtime, PROPERTIES));
  },
  TIMEOUT_MS,
);
