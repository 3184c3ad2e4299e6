import { firstDifference } from './diff.ts';
import type { RunReport, Runtime } from './report.ts';
import type { CaseResult } from './suite.ts';

/** The report of a runtime, or the error for which it has none. */
export type RuntimeRun = RunReport | { readonly runtime: Runtime; readonly error: string };

/** A case: one cell per run, in the order of the runs. */
interface Row {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** A case on one runtime. */
export interface Cell {
  readonly run: RuntimeRun;
  /** The reasons of a failure; empty if the case passed. */
  readonly reasons: readonly string[];
}

/** The result of all runs. */
export interface MatrixResult {
  /** The runtimes and their versions. */
  readonly titles: readonly string[];
  readonly rows: readonly Row[];
  /** The failures, one line each. */
  readonly details: readonly string[];
  readonly passed: number;
  readonly failed: number;
  readonly isGreen: boolean;
}

/**
 * Compares the runs with the names of the cases. A missing, repeated or unknown case has failed. A case with different
 * outputs has failed on all runtimes.
 */
export function evaluateRuns(names: readonly string[], runs: readonly RuntimeRun[]): MatrixResult {
  const rows = names.map((name) => toRow(name, names, runs));
  const cells = rows.flatMap((row) => row.cells);
  const extras = runs.flatMap((run) => findExtras(names, run));
  const passed = cells.filter(hasPassed).length;
  const failed = cells.length - passed + extras.length;
  const details = [
    ...(cells.length === 0 ? ['No case was run.'] : []),
    ...runs.flatMap((run) => ('error' in run ? [`${run.runtime} has no report: ${run.error}`] : [])),
    ...extras,
    ...rows.flatMap(describeFailures),
  ];
  return {
    titles: runs.map(formatTitle),
    rows,
    details,
    passed,
    failed,
    isGreen: failed === 0 && passed > 0,
  };
}

/** Checks whether a case passed on a runtime. */
export function hasPassed(cell: Cell): boolean {
  return cell.reasons.length === 0;
}

function formatTitle(run: RuntimeRun): string {
  return 'error' in run ? `${run.runtime} ?` : `${run.runtime} ${run.version}`;
}

function toRow(name: string, names: readonly string[], runs: readonly RuntimeRun[]): Row {
  const difference = compareRuns(name, runs);
  const cells = runs.map((run) => {
    const reasons = findReasons(name, names, run);
    return { run, reasons: difference === undefined ? reasons : [...reasons, difference] };
  });
  return { name, cells };
}

function findResults(name: string, run: RuntimeRun): readonly CaseResult[] {
  return 'error' in run ? [] : run.results.filter((result) => result.name === name);
}

/** Describes the first difference between two runtimes. The output does not show which of them is right. */
function compareRuns(name: string, runs: readonly RuntimeRun[]): string | undefined {
  const outcomes = runs.flatMap((run) =>
    findResults(name, run).flatMap(({ output }) => (output === undefined ? [] : [{ run, output }])),
  );
  const [first, ...others] = outcomes;
  if (first === undefined) return undefined;
  const other = others.find(({ output }) => JSON.stringify(output) !== JSON.stringify(first.output));
  if (other === undefined) return undefined;
  const path = firstDifference(first.output, other.output) ?? 'the order of attributes';
  return `${formatTitle(other.run)} differs from ${formatTitle(first.run)} in ${path}`;
}

function findReasons(name: string, names: readonly string[], run: RuntimeRun): readonly string[] {
  const results = findResults(name, run);
  if (results.length === 0) return ['was not run'];
  const cases = names.filter((other) => other === name).length;
  return [
    ...(cases > 1 ? [`is the name of ${cases} cases`] : []),
    ...(results.length > 1 ? [`was run ${results.length} times`] : []),
    ...results.filter(({ outcome }) => outcome === 'failed').map(({ detail }) => detail ?? 'failed'),
  ];
}

function findExtras(names: readonly string[], run: RuntimeRun): readonly string[] {
  if ('error' in run) return [];
  const extras = run.results.filter(({ name }) => !names.includes(name));
  return extras.map(({ name }) => `${formatTitle(run)} ran an unknown case: ${name}`);
}

/** Skips runtimes without a report, which have one line of their own. */
function describeFailures({ name, cells }: Row): readonly string[] {
  const reasons = cells
    .filter(({ run }) => !('error' in run))
    .flatMap((cell) => cell.reasons.map((reason) => `  ${formatTitle(cell.run)}: ${reason}`));
  if (reasons.length === 0) return [];
  return [cells.some(hasPassed) ? `${name} (the runtimes differ)` : name, ...reasons];
}
