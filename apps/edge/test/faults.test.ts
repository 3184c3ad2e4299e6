import { afterAll, beforeAll, expect, test } from 'vitest';
import { CASES } from './faults/cases.ts';
import { openSurroundings, type OpenSurroundings } from './faults/surroundings.ts';
import { runProgram, RUNTIMES } from './runtime-program.ts';

const LONGEST_RUN_MS = 120_000;

let surroundings: OpenSurroundings;

beforeAll(async () => {
  surroundings = await openSurroundings();
});

afterAll(async () => {
  await surroundings.stop();
});

test('every case has a name of its own', () => {
  const names = CASES.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(CASES)('$name', async ({ run }) => {
  await run({ addresses: surroundings.addresses, isWorkerd: false });
});

test.each(RUNTIMES)(
  'every case holds on %s',
  async (runtime) => {
    const addresses = JSON.stringify(surroundings.addresses);
    const report = await runProgram(runtime, 'faults/run.ts', addresses, LONGEST_RUN_MS);
    expect(report).toEqual({ count: CASES.length, failures: [] });
  },
  LONGEST_RUN_MS,
);
