import { expect, test } from 'vitest';
import { RUNTIMES, type Runtime } from '../src/report.ts';
import type { CaseResult } from '../src/suite.ts';
import { judge, type Run } from '../src/table.ts';

const names = ['one', 'two'];
const green: readonly CaseResult[] = names.map((name) => ({ name, outcome: 'passed' }));

/** Every runtime green but for the results that are given. */
function runsWith(results: Partial<Record<Runtime, readonly CaseResult[]>>): readonly Run[] {
  return RUNTIMES.map((runtime) => ({ runtime, version: '1.0.0', results: results[runtime] ?? green }));
}

function lastLine(text: string): string | undefined {
  return text.split('\n').at(-1);
}

test('a green matrix has a row for a case, a column for a runtime, and the sum', () => {
  const verdict = judge(names, runsWith({}));
  expect(verdict.text).toBe(
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

test('a case that failed on one runtime is told, and that the runtimes differ', () => {
  const bun: readonly CaseResult[] = [...green.slice(1), { name: 'one', outcome: 'failed', detail: 'codec' }];
  const { text, isGreen } = judge(names, runsWith({ bun }));
  expect(isGreen).toBe(false);
  expect(text).toContain('one (the runtimes differ)\n  bun 1.0.0: codec');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('a case that failed everywhere is no difference', () => {
  const results: readonly CaseResult[] = [{ name: 'one', outcome: 'failed' }, ...green.slice(1)];
  const { text } = judge(names, runsWith({ node: results, bun: results, deno: results }));
  expect(text).not.toContain('differ');
  expect(lastLine(text)).toBe('3 passed, 3 failed');
});

test('a missing case has failed', () => {
  const { text, isGreen } = judge(names, runsWith({ deno: green.slice(1) }));
  expect(isGreen).toBe(false);
  expect(text).toContain('deno 1.0.0: was not run');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('a case of no fixture has failed, even in the place of a missing one', () => {
  const extra: CaseResult = { name: 'three', outcome: 'passed' };
  const more = judge(names, runsWith({ node: [...green, extra] }));
  const instead = judge(names, runsWith({ node: [...green.slice(1), extra] }));
  expect([more.isGreen, instead.isGreen]).toEqual([false, false]);
  expect(more.text).toContain('node 1.0.0 ran a case of no fixture: three');
  expect(lastLine(more.text)).toBe('6 passed, 1 failed');
  expect(lastLine(instead.text)).toBe('5 passed, 2 failed');
});

test('a case that was run twice has failed', () => {
  const { text, isGreen } = judge(names, runsWith({ bun: [...green, ...green.slice(1)] }));
  expect(isGreen).toBe(false);
  expect(text).toContain('bun 1.0.0: was run 2 times');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('two fixtures of one name have failed', () => {
  const twice = [...green, ...green.slice(1)];
  const verdict = judge([...names, 'two'], runsWith({ node: twice, bun: twice, deno: twice }));
  expect(verdict.isGreen).toBe(false);
  expect(verdict.text).toContain('is the name of 2 fixtures');
  expect(lastLine(verdict.text)).toBe('3 passed, 6 failed');
});

test('a runtime without a report has failed all its cases', () => {
  const [node, bun] = runsWith({});
  const runs = [node, bun].filter((run) => run !== undefined);
  const { text, isGreen } = judge(names, [...runs, { runtime: 'deno', fault: 'crashed' }]);
  expect(isGreen).toBe(false);
  expect(text).toContain('deno ?');
  expect(text).toContain('deno gave no report: crashed');
  expect(lastLine(text)).toBe('4 passed, 2 failed');
});

test('no fixtures and no runtimes are not green', () => {
  expect(judge([], runsWith({ node: [], bun: [], deno: [] })).isGreen).toBe(false);
  expect(judge(names, []).isGreen).toBe(false);
});
