import { expect, test } from 'vitest';
import { RUNTIMES, type Runtime } from '../src/report.ts';
import type { CaseResult } from '../src/suite.ts';
import { toText } from '../src/matrix.ts';
import { evaluateRuns, type RuntimeRun } from '../src/evaluate.ts';

const names = ['one', 'two'];
const green: readonly CaseResult[] = names.map((name) => ({
  name,
  outcome: 'passed',
  came: name,
}));

/** Every runtime green but for the results that are given. */
function runsWith(results: Partial<Record<Runtime, readonly CaseResult[]>>): readonly RuntimeRun[] {
  return RUNTIMES.map((runtime) => ({ runtime, version: '1.0.0', results: results[runtime] ?? green }));
}

/** The verdict as it is printed. */
function print(names: readonly string[], runs: readonly RuntimeRun[]): { text: string; isGreen: boolean } {
  const verdict = evaluateRuns(names, runs);
  return { text: toText(verdict), isGreen: verdict.isGreen };
}

function lastLine(text: string): string | undefined {
  return text.split('\n').at(-1);
}

test('a case that failed on one runtime is told, and that the runtimes differ', () => {
  const bun: readonly CaseResult[] = [...green.slice(1), { name: 'one', outcome: 'failed', detail: 'codec' }];
  const { text, isGreen } = print(names, runsWith({ bun }));
  expect(isGreen).toBe(false);
  expect(text).toContain('one (the runtimes differ)\n  bun 1.0.0: codec');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('a case that failed everywhere is no difference', () => {
  const results: readonly CaseResult[] = [{ name: 'one', outcome: 'failed' }, ...green.slice(1)];
  const { text } = print(names, runsWith({ node: results, bun: results, deno: results }));
  expect(text).not.toContain('differ');
  expect(lastLine(text)).toBe('3 passed, 3 failed');
});

test('a case that came out in two ways has failed wherever it was run, though all say that it passed', () => {
  const bun: readonly CaseResult[] = [{ name: 'one', outcome: 'passed', came: 'won' }, ...green.slice(1)];
  const { text, isGreen } = print(names, runsWith({ bun }));
  expect(isGreen).toBe(false);
  expect(text).toContain('node 1.0.0: bun 1.0.0 differs from node 1.0.0 in all: expected "one", got "won"');
  expect(lastLine(text)).toBe('3 passed, 3 failed');
});

test('the order of attributes is part of what came out', () => {
  const ordered = (came: unknown): readonly CaseResult[] => [
    { name: 'one', outcome: 'passed', came },
    ...green.slice(1),
  ];
  const [node, deno] = [ordered({ size: 1, offset: 2 }), ordered({ offset: 2, size: 1 })];
  const { text, isGreen } = print(names, runsWith({ node, bun: node, deno }));
  expect(isGreen).toBe(false);
  expect(text).toContain('deno 1.0.0 differs from node 1.0.0 in the order of attributes');
});

test('a missing case has failed', () => {
  const { text, isGreen } = print(names, runsWith({ deno: green.slice(1) }));
  expect(isGreen).toBe(false);
  expect(text).toContain('deno 1.0.0: was not run');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('an unknown case has failed, even in the place of a missing one', () => {
  const extra: CaseResult = { name: 'three', outcome: 'passed', came: 'three' };
  const more = print(names, runsWith({ node: [...green, extra] }));
  const instead = print(names, runsWith({ node: [...green.slice(1), extra] }));
  expect([more.isGreen, instead.isGreen]).toEqual([false, false]);
  expect(more.text).toContain('node 1.0.0 ran an unknown case: three');
  expect(lastLine(more.text)).toBe('6 passed, 1 failed');
  expect(lastLine(instead.text)).toBe('5 passed, 2 failed');
});

test('a case that was run twice has failed', () => {
  const { text, isGreen } = print(names, runsWith({ bun: [...green, ...green.slice(1)] }));
  expect(isGreen).toBe(false);
  expect(text).toContain('bun 1.0.0: was run 2 times');
  expect(lastLine(text)).toBe('5 passed, 1 failed');
});

test('two cases of one name have failed', () => {
  const twice = [...green, ...green.slice(1)];
  const verdict = print([...names, 'two'], runsWith({ node: twice, bun: twice, deno: twice }));
  expect(verdict.isGreen).toBe(false);
  expect(verdict.text).toContain('is the name of 2 cases');
  expect(lastLine(verdict.text)).toBe('3 passed, 6 failed');
});

test('a runtime without a report has failed all its cases', () => {
  const [node, bun] = runsWith({});
  const runs = [node, bun].filter((run) => run !== undefined);
  const { text, isGreen } = print(names, [...runs, { runtime: 'deno', fault: 'crashed' }]);
  expect(isGreen).toBe(false);
  expect(text).toContain('deno ?');
  expect(text).toContain('deno gave no report: crashed');
  expect(lastLine(text)).toBe('4 passed, 2 failed');
});

test('no cases and no runtimes are not green', () => {
  expect(print([], runsWith({ node: [], bun: [], deno: [] })).isGreen).toBe(false);
  expect(print(names, []).isGreen).toBe(false);
});
