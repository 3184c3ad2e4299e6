import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { caseNames } from '../src/cases.ts';
import { loadFixtures } from '../src/load-fixtures.ts';
import { RUNTIMES } from '../src/report.ts';
import { toMarkdown, toText } from '../src/matrix.ts';
import { evaluateRuns, type MatrixResult } from '../src/evaluate.ts';

/** All green, on every runtime. */
function judgeGreen(names: readonly string[]): MatrixResult {
  const results = names.map((name) => ({ name, outcome: 'passed' as const, came: name }));
  return evaluateRuns(
    names,
    RUNTIMES.map((runtime) => ({ runtime, version: '1.0.0', results })),
  );
}

test('a green matrix has a row for a case, a column for a runtime, and the sum', () => {
  const verdict = judgeGreen(['one', 'two']);
  expect(toText(verdict)).toBe(
    [
      '     node 1.0.0  bun 1.0.0  deno 1.0.0',
      'one  ✓           ✓          ✓',
      'two  ✓           ✓          ✓',
      '',
      '6 passed, 0 failed',
    ].join('\n'),
  );
  expect(verdict.isGreen).toBe(true);
});

test('the page has the same table and the same sum', () => {
  expect(
    toMarkdown(judgeGreen(['one', 'a * is | no rule']))
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

test('a case that failed has a cross on the page, and its reason on the terminal alone', () => {
  const verdict = evaluateRuns(['one'], [{ runtime: 'node', version: '1.0.0', results: [] }]);
  expect(toMarkdown(verdict)).toContain('| one  | ✗          |\n\n0 passed, 1 failed\n');
  expect(toMarkdown(verdict)).not.toContain('was not run');
  expect(toText(verdict)).toContain('was not run');
});

test('the page that is kept is of the cases that there are, all of them green', () => {
  const page = readFileSync(new URL('../MATRIX.md', import.meta.url), 'utf8');
  const versions = [...page.matchAll(/(?<=\| )(?:node|bun|deno) (\S+)/g)].map(([, version = '']) => version);
  const names = caseNames(loadFixtures());
  const results = names.map((name) => ({ name, outcome: 'passed' as const, came: name }));
  const runs = RUNTIMES.map((runtime, index) => ({ runtime, version: versions[index] ?? '', results }));
  expect(page).toBe(toMarkdown(evaluateRuns(names, runs)));
});
