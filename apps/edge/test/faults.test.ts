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

test('every row of the faults has a case', () => {
  // F37 and F38 are of the media and of access, and F31 takes connections that break: process/disconnect.test.ts.
  const numbers = [...Array.from({ length: 36 }, (_, index) => index + 1), 39, 40];
  const rows = numbers.map((number) => `F${String(number).padStart(2, '0')}`);
  const found = new Set(CASES.map(({ name }) => name.split(' ', 1).join()));
  expect(rows.filter((id) => !found.has(id))).toEqual([]);
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
