import process from 'node:process';
import { expect, test } from 'vitest';
import { PROPERTIES } from './properties.ts';
import { runProgram, RUNTIMES } from '../runtime-program.ts';

/** Inputs for each property: more of them in `pnpm test:long`. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const LONGEST_RUN_MS = 60_000 + RUNS * 10;

test.each(PROPERTIES)('$name', ({ prove }) => prove(RUNS), LONGEST_RUN_MS);

test.each(RUNTIMES)(
  'every property holds on %s',
  async (runtime) => {
    const report = await runProgram(runtime, 'fuzz/run.ts', String(RUNS), LONGEST_RUN_MS);
    expect(report).toEqual({ proven: PROPERTIES.map(({ name }) => name), failures: [] });
  },
  LONGEST_RUN_MS,
);
