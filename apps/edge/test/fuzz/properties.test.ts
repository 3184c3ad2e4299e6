import process from 'node:process';
import { expect, test } from 'vitest';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { PROPERTIES, runProperties } from './properties.ts';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';

/** Inputs for each property: more of them in `pnpm test:long`. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const LONGEST_RUN_MS = 60_000 + RUNS * 10;

test.each(PROPERTIES)('$name', ({ run }) => run(RUNS), LONGEST_RUN_MS);

test.each(RUNTIMES)(
  'every property holds on %s',
  async (runtime) => {
    const report = await callOnRuntime(
      runtime,
      new URL('properties.ts', import.meta.url),
      runProperties,
      [RUNS],
      { timeoutMs: LONGEST_RUN_MS },
    );
    expect(report).toEqual(expectedReport(runtime, PROPERTIES));
  },
  LONGEST_RUN_MS,
);
