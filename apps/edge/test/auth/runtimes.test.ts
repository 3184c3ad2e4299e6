import { expect, it } from 'vitest';
import { RUNTIMES, runProgram } from '../runtime-program.ts';
import { EXPECTED, tellOutcomes } from './runtime-cases.ts';

it('is decided so on Node', async () => {
  expect(await tellOutcomes()).toEqual(EXPECTED);
});

it.each(RUNTIMES)('is decided on %s as on Node', { timeout: 60_000 }, async (runtime) => {
  expect(await runProgram(runtime, 'auth/run.ts', '', 60_000)).toEqual(EXPECTED);
});
