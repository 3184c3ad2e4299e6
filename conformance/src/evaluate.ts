import { firstDifference } from './diff.ts';
import type { RunReport, Runtime } from './report.ts';
import type { CaseResult } from './suite.ts';

/** What came of a runtime: its report, or why there is none. */
export type RuntimeRun = RunReport | { readonly runtime: Runtime; readonly fault: string };

/** One case: a cell for each run, in their order. */
interface Row {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** One case on one runtime. */
export interface Cell {
  readonly run: RuntimeRun;
  /** Why the case failed there; none when it passed. */
  readonly reasons: readonly string[];
}

/** What the runs amount to. */
export interface MatrixResult {
  /** The runtimes and their versions. */
  readonly titles: readonly string[];
  readonly rows: readonly Row[];
  /** What there is to say of failures, a line each. */
  readonly details: readonly string[];
  readonly passed: number;
  readonly failed: number;
  readonly isGreen: boolean;
}

/**
 * Lays the runs out against the names of the cases: one that is missing, doubled or extra has failed, and one
 * that came out in two ways has failed wherever it was run.
 */
export function evaluateRuns(names: readonly string[], runs: readonly RuntimeRun[]): MatrixResult {
  const rows = names.map((name) => judgeRow(name, names, runs));
  const cells = rows.flatMap((row) => row.cells);
  const extras = runs.flatMap((run) => findExtras(names, run));
  const passed = cells.filter(hasPassed).length;
  const failed = cells.length - passed + extras.length;
  const details = [
    ...(cells.length === 0 ? ['Nothing was run.'] : []),
    ...runs.flatMap((run) => ('fault' in run ? [`${run.runtime} gave no report: ${run.fault}`] : [])),
    ...extras,
    ...rows.flatMap(explain),
  ];
  return { titles: runs.map(titleOf), rows, details, passed, failed, isGreen: failed === 0 && passed > 0 };
}

/** Tells whether a case passed on a runtime. */
export function hasPassed(cell: Cell): boolean {
  return cell.reasons.length === 0;
}

function titleOf(run: RuntimeRun): string {
  return 'fault' in run ? `${run.runtime} ?` : `${run.runtime} ${run.version}`;
}

function judgeRow(name: string, names: readonly string[], runs: readonly RuntimeRun[]): Row {
  const difference = compareRuns(name, runs);
  const cells = runs.map((run) => {
    const reasons = findReasons(name, names, run);
    return { run, reasons: difference === undefined ? reasons : [...reasons, difference] };
  });
  return { name, cells };
}

function resultsOf(name: string, run: RuntimeRun): readonly CaseResult[] {
  return 'fault' in run ? [] : run.results.filter((result) => result.name === name);
}

/** Says where two runtimes first differ in what came out: nobody knows which of them is right. */
function compareRuns(name: string, runs: readonly RuntimeRun[]): string | undefined {
  const outcomes = runs.flatMap((run) =>
    resultsOf(name, run).flatMap(({ came }) => (came === undefined ? [] : [{ run, came }])),
  );
  const [first, ...others] = outcomes;
  if (first === undefined) return undefined;
  const other = others.find(({ came }) => JSON.stringify(came) !== JSON.stringify(first.came));
  if (other === undefined) return undefined;
  const where = firstDifference(first.came, other.came) ?? 'the order of attributes';
  return `${titleOf(other.run)} differs from ${titleOf(first.run)} in ${where}`;
}

function findReasons(name: string, names: readonly string[], run: RuntimeRun): readonly string[] {
  const results = resultsOf(name, run);
  if (results.length === 0) return ['was not run'];
  const cases = names.filter((other) => other === name).length;
  return [
    ...(cases > 1 ? [`is the name of ${cases} cases`] : []),
    ...(results.length > 1 ? [`was run ${results.length} times`] : []),
    ...results.filter(({ outcome }) => outcome === 'failed').map(({ detail }) => detail ?? 'failed'),
  ];
}

function findExtras(names: readonly string[], run: RuntimeRun): readonly string[] {
  if ('fault' in run) return [];
  const extras = run.results.filter(({ name }) => !names.includes(name));
  return extras.map(({ name }) => `${titleOf(run)} ran an unknown case: ${name}`);
}

/** A runtime without a report is explained once, not at each of its cases. */
function explain({ name, cells }: Row): readonly string[] {
  const reasons = cells
    .filter(({ run }) => !('fault' in run))
    .flatMap((cell) => cell.reasons.map((reason) => `  ${titleOf(cell.run)}: ${reason}`));
  if (reasons.length === 0) return [];
  return [cells.some(hasPassed) ? `${name} (the runtimes differ)` : name, ...reasons];
}
