import type { CaseResult } from './suite.ts';

/** The runtimes of the matrix. */
export const RUNTIMES = ['node', 'bun', 'deno'] as const;

/** A runtime of the matrix. */
export type Runtime = (typeof RUNTIMES)[number];

/** The JSON document that a runner prints. */
export interface RunReport {
  readonly runtime: Runtime;
  readonly version: string;
  readonly results: readonly CaseResult[];
}

function isCaseResult(value: unknown): value is CaseResult {
  if (typeof value !== 'object' || value === null) return false;
  const { name, outcome, detail, output } = value as { readonly [Key in keyof CaseResult]?: unknown }; // every object has readable members
  return (
    typeof name === 'string' &&
    // A case that passed has an output to compare with the other runtimes.
    (outcome === 'failed' || (outcome === 'passed' && output !== undefined)) &&
    (detail === undefined || typeof detail === 'string')
  );
}

/**
 * Parses the output of a runner.
 *
 * @throws {TypeError} the output is not exactly one report of this runtime.
 */
export function parseReport(runtime: Runtime, printed: string): RunReport {
  let value: unknown;
  try {
    value = JSON.parse(printed);
  } catch {
    throw new TypeError(`The output of the runner is not JSON: ${printed.slice(0, 200)}`);
  }
  const report: { readonly [Key in keyof RunReport]?: unknown } =
    typeof value === 'object' && value !== null ? value : {};
  const { version, results } = report;
  if (report.runtime !== runtime)
    throw new TypeError(`The report of ${runtime} has the runtime ${String(report.runtime)}.`);
  if (typeof version !== 'string' || !Array.isArray(results) || !results.every(isCaseResult)) {
    throw new TypeError('The report must have a version and results.');
  }
  return { runtime, version, results };
}
