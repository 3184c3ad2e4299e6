import type { RunReport, Runtime } from './report.ts';

/** What came of a runtime: its report, or why there is none. */
export type Run = RunReport | { readonly runtime: Runtime; readonly fault: string };

/** The printed matrix and whether all of it is green. */
export interface Verdict {
  readonly text: string;
  readonly passed: number;
  readonly failed: number;
  readonly isGreen: boolean;
}

interface Cell {
  readonly run: Run;
  /** Why the case failed there; none when it passed. */
  readonly reasons: readonly string[];
}

interface Row {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** Lays the runs out against the names of the fixtures: a case that is missing, doubled or extra has failed. */
export function judge(names: readonly string[], runs: readonly Run[]): Verdict {
  const rows = names.map((name) => ({
    name,
    cells: runs.map((run) => ({ run, reasons: findReasons(name, names, run) })),
  }));
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
  const table = layOut([
    ['', ...runs.map(titleOf)],
    ...rows.map((row) => [row.name].concat(row.cells.map((cell) => (hasPassed(cell) ? '✓' : '✗')))),
  ]);
  const text = [table, details.join('\n'), `${passed} passed, ${failed} failed`]
    .filter((block) => block !== '')
    .join('\n\n');
  return { text, passed, failed, isGreen: failed === 0 && passed > 0 };
}

function titleOf(run: Run): string {
  return 'fault' in run ? `${run.runtime} ?` : `${run.runtime} ${run.version}`;
}

function hasPassed(cell: Cell): boolean {
  return cell.reasons.length === 0;
}

function findReasons(name: string, names: readonly string[], run: Run): readonly string[] {
  if ('fault' in run) return ['was not run'];
  const results = run.results.filter((result) => result.name === name);
  if (results.length === 0) return ['was not run'];
  const fixtures = names.filter((other) => other === name).length;
  return [
    ...(fixtures > 1 ? [`is the name of ${fixtures} fixtures`] : []),
    ...(results.length > 1 ? [`was run ${results.length} times`] : []),
    ...results.filter(({ outcome }) => outcome === 'failed').map(({ detail }) => detail ?? 'failed'),
  ];
}

function findExtras(names: readonly string[], run: Run): readonly string[] {
  if ('fault' in run) return [];
  const extras = run.results.filter(({ name }) => !names.includes(name));
  return extras.map(({ name }) => `${titleOf(run)} ran a case of no fixture: ${name}`);
}

/** A runtime without a report is explained once, not at each of its cases. */
function explain({ name, cells }: Row): readonly string[] {
  const reasons = cells
    .filter(({ run }) => !('fault' in run))
    .flatMap((cell) => cell.reasons.map((reason) => `  ${titleOf(cell.run)}: ${reason}`));
  if (reasons.length === 0) return [];
  return [cells.some(hasPassed) ? `${name} (the runtimes differ)` : name, ...reasons];
}

function layOut(lines: readonly (readonly string[])[]): string {
  const widths = lines.reduce<readonly number[]>(
    (known, line) => line.map((text, column) => Math.max(known[column] ?? 0, text.length)),
    [],
  );
  const padded = lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)));
  return padded.map((line) => line.join('  ').trimEnd()).join('\n');
}
