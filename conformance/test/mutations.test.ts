import { expect, test } from 'vitest';
import { caseNames, runCases } from '../src/cases.ts';
import { findInspectors } from '../src/inspectors.ts';
import { loadFixtures } from '../src/load-fixtures.ts';
import { withMutatedCore, type Mutation } from './mutated-core.ts';
import { mutations } from './mutations.ts';

const fixtures = loadFixtures();
const names = caseNames(fixtures);

test('the unchanged core passes all cases', async () => {
  const results = await withMutatedCore(undefined, (core) => runCases(core, fixtures, findInspectors()));
  expect(results.map(({ name }) => name)).toEqual(names);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
});

test('at least 10 cases have a mutation', () => {
  expect(new Set(mutations.map(({ row }) => row)).size).toBeGreaterThanOrEqual(10);
});

test.each(mutations)('if $name, this case fails: $row', async (mutation) => {
  const results = await withMutatedCore(mutation, (core) => runCases(core, fixtures, findInspectors()));
  expect(names).toContain(mutation.row);
  expect(results.find(({ name }) => name === mutation.row)).toMatchObject({ outcome: 'failed' });
});

test.each([
  { text: 'no such text', times: 0 },
  { text: 'return undefined;', times: 2 },
])('a mutation whose text occurs $times times is rejected', async ({ text, times }) => {
  const mutation: Mutation = {
    name: 'no mutation',
    file: 'http/body.ts',
    text,
    replacement: '',
    row: 'June 31 is rejected',
  };
  await expect(withMutatedCore(mutation, async () => 'used')).rejects.toThrow(`occurs ${times} times.`);
});
