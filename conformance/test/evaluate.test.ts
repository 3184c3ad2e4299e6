import { expect, test } from 'vitest';
import { RUNTIMES, type Runtime } from '../src/report.ts';
import type { CaseResult } from '../src/suite.ts';
import { toText } from '../src/matrix.ts';
import { evaluateRuns, type RuntimeRun } from '../src/evaluate.ts';

const names = ['one', 'two'];
const green: readonly CaseResult[] = names.map((name) => ({
  name,
  outcome: 'passed',
  output: name,
}));

/** Creates the runs of all runtimes. The cases passed, except on runtimes with other results. */
function runsWith(results: Partial<Record<Runtime, readonly CaseResult[]>>): readonly RuntimeRun[] {
  return RUNTIMES.map((runtime) => ({ runtime, version: '1.0.0', results: results[runtime] ?? green }));
}

/** Evaluates runs and formats the result. */
function print(names: readonly string[], runs: readonly RuntimeRun[]): { text: string; isGreen: boolean } {
  const result = evaluateRuns(names, runs);
  return { text: toText(result), isGreen: result.isGreen };
}

function lastLine(text: string): string | undefined {
  return text.split('\n').at(-1);
}

test('a case that failed on one runtime is reported as a difference', () => {
  const bun: readonly CaseResult[] = [...green.slice(1), { name: 'one', outcome: 'failed', detail: 'codec' }];
  const { text, isGreen } = print(names, runsWith({ bun }));
  expect(isGreen).toBe(false);
  expect(text).toContain('one (the runtimes differ)\n  bun 1.0.0: codec');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('a case that failed on all runtimes is not a difference', () => {
  const results: readonly CaseResult[] = [{ name: 'one', outcome: 'failed' }, ...green.slice(1)];
  const { text } = print(names, runsWith({ node: results, bun: results, deno: results }));
  expect(text).not.toContain('differ');
  expect(lastLine(text)).toBe('3 passed, 3 failed');
});

test('a case with different outputs has failed on all runtimes', () => {
  const bun: readonly CaseResult[] = [{ name: 'one', outcome: 'passed', output: 'won' }, ...green.slice(1)];
  const { text, isGreen } = print(names, runsWith({ bun }));
  expect(isGreen).toBe(false);
  expect(text).toContain('node 1.0.0: bun 1.0.0 differs from node 1.0.0 in all: expected "one", got "won"');
  expect(lastLine(text)).toBe('3 passed, 3 failed');
});

test('the order of attributes is a part of the output', () => {
  const ordered = (output: unknown): readonly CaseResult[] => [
    { name: 'one', outcome: 'passed', output },
    ...green.slice(1),
  ];
  const [node, deno] = [ordered({ size: 1, offset: 2 }), ordered({ offset: 2, size: 1 })];
  const { text, isGreen } = print(names, runsWith({ node, bun: node, deno }));
  expect(isGreen).toBe(false);
  expect(text).toContain('deno 1.0.0 differs from node 1.0.0 in the order of attributes');
});

test('a case that is missing in a report counts as failed', () => {
  const { text, isGreen } = print(names, runsWith({ deno: green.slice(1) }));
  expect(isGreen).toBe(false);
  expect(text).toContain('deno 1.0.0: was not run');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('an unknown case in a report counts as failed, even if another case is missing', () => {
  const extra: CaseResult = { name: 'three', outcome: 'passed', output: 'three' };
  const more = print(names, runsWith({ node: [...green, extra] }));
  const instead = print(names, runsWith({ node: [...green.slice(1), extra] }));
  expect([more.isGreen, instead.isGreen]).toEqual([false, false]);
  expect(more.text).toContain('node 1.0.0 ran an unknown case: three');
  expect(lastLine(more.text)).toBe('6 passed, 1 failed');
  expect(lastLine(instead.text)).toBe('5 passed, 2 failed');
});

test('a case that ran twice counts as failed', () => {
  const { text, isGreen } = print(names, runsWith({ bun: [...green, ...green.slice(1)] }));
  expect(isGreen).toBe(false);
  expect(text).toContain('bun 1.0.0: was run 2 times');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('two cases with the same name count as failed', () => {
  const twice = [...green, ...green.slice(1)];
  const result = print([...names, 'two'], runsWith({ node: twice, bun: twice, deno: twice }));
  expect(result.isGreen).toBe(false);
  expect(result.text).toContain('is the name of 2 cases');
  expect(lastLine(result.text)).toBe('3 passed, 6 failed');
});

test('a runtime without a report has failed all cases', () => {
  const [node, bun] = runsWith({});
  const runs = [node, bun].filter((run) => run !== undefined);
  const { text, isGreen } = print(names, [...runs, { runtime: 'deno', error: 'crashed' }]);
  expect(isGreen).toBe(false);
  expect(text).toContain('deno ?');
  expect(text).toContain('deno has no report: crashed');
  expect(lastLine(text)).toBe('4 passed, 2 failed');
});

test('a result without cases or runtimes is not a success', () => {
  expect(print([], runsWith({ node: [], bun: [], deno: [] })).isGreen).toBe(false);
  expect(print(names, []).isGreen).toBe(false);
});
