import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { caseNames } from '../src/cases.ts';
import { loadFixtures } from '../src/load-fixtures.ts';
import { RUNTIMES } from '../src/report.ts';
import { toMarkdown, toText } from '../src/matrix.ts';
import { evaluateRuns, type MatrixResult } from '../src/evaluate.ts';

/** Evaluates runs in which all cases passed. */
function evaluatePassed(names: readonly string[]): MatrixResult {
  const results = names.map((name) => ({ name, outcome: 'passed' as const, output: name }));
  return evaluateRuns(
    names,
    RUNTIMES.map((runtime) => ({ runtime, version: '1.0.0', results })),
  );
}

test('the text of the result matrix has a row per case, a column per runtime and the totals', () => {
  const result = evaluatePassed(['one', 'two']);
  expect(toText(result)).toBe(
    [
      '     node 1.0.0  bun 1.0.0  deno 1.0.0',
      'one  ✓           ✓          ✓',
      'two  ✓           ✓          ✓',
      '',
      '6 passed, 0 failed',
    ].join('\n'),
  );
  expect(result.isGreen).toBe(true);
});

test('the page of the result matrix has the table and the totals of the text', () => {
  expect(
    toMarkdown(evaluatePassed(['one', 'a * is | no rule']))
      .split('\n')
      .slice(5),
  ).toEqual([
    '| case               | node 1.0.0 | bun 1.0.0 | deno 1.0.0 |',
    '| ------------------ | ---------- | --------- | ---------- |',
    '| one                | ✓          | ✓         | ✓          |',
    String.raw`| a \* is \| no rule | ✓          | ✓         | ✓          |`,
    '',
    '6 passed, 0 failed',
    '',
  ]);
});

test('a failed case has a cross on the page of the result matrix, and its reason in the text only', () => {
  const result = evaluateRuns(['one'], [{ runtime: 'node', version: '1.0.0', results: [] }]);
  expect(toMarkdown(result)).toContain('| one  | ✗          |\n\n0 passed, 1 failed\n');
  expect(toMarkdown(result)).not.toContain('was not run');
  expect(toText(result)).toContain('was not run');
});

test('MATRIX.md has all current cases, and all passed', () => {
  const page = readFileSync(new URL('../MATRIX.md', import.meta.url), 'utf8');
  const versions = [...page.matchAll(/(?<=\| )(?:node|bun|deno) (\S+)/g)].map(([, version = '']) => version);
  const names = caseNames(loadFixtures());
  const results = names.map((name) => ({ name, outcome: 'passed' as const, output: name }));
  const runs = RUNTIMES.map((runtime, index) => ({ runtime, version: versions[index] ?? '', results }));
  expect(page).toBe(toMarkdown(evaluateRuns(names, runs)));
});
