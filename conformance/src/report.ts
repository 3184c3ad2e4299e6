import type { CaseResult } from './suite.ts';

/** The runtimes that the suite is run on. */
export const RUNTIMES = ['node', 'bun', 'deno'] as const;

/** One of the runtimes. */
export type Runtime = (typeof RUNTIMES)[number];

/** The one document that a runner prints. */
export interface RunReport {
  readonly runtime: Runtime;
  readonly version: string;
  readonly results: readonly CaseResult[];
}

function isCaseResult(value: unknown): value is CaseResult {
  if (typeof value !== 'object' || value === null) return false;
  const { name, outcome, detail, came } = value as { readonly [Key in keyof CaseResult]?: unknown }; // any object allows the look
  return (
    typeof name === 'string' &&
    // What passed has something to compare with the other runtimes.
    (outcome === 'failed' || (outcome === 'passed' && came !== undefined)) &&
    (detail === undefined || typeof detail === 'string')
  );
}

/**
 * Reads what a runner printed.
 *
 * @throws {TypeError} for anything but one report of that runtime.
 */
export function parseReport(runtime: Runtime, printed: string): RunReport {
  let value: unknown;
  try {
    value = JSON.parse(printed);
  } catch {
    throw new TypeError(`The runner printed no JSON document: ${printed.slice(0, 200)}`);
  }
  const report: { readonly [Key in keyof RunReport]?: unknown } =
    typeof value === 'object' && value !== null ? value : {};
  const { version, results } = report;
  if (report.runtime !== runtime)
    throw new TypeError(`The runner of ${runtime} reports for ${String(report.runtime)}.`);
  if (typeof version !== 'string' || !Array.isArray(results) || !results.every(isCaseResult)) {
    throw new TypeError('The runner printed no report of a version and its results.');
  }
  return { runtime, version, results };
}
