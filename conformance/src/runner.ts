import { runCases } from './cases.ts';
import { findInspectors } from './inspectors.ts';
import { loadFixtures } from './load-fixtures.ts';
import type { RunReport, Runtime } from './report.ts';
import type { CoreUnderTest } from './suite.ts';

/**
 * Runs all cases and prints the report.
 *
 * @throws {Error} the process runs on another runtime, or core is not the built package.
 */
export async function runSuiteAndReport(runtime: Runtime, core: CoreUnderTest): Promise<void> {
  const version = process.versions[runtime];
  // Bun and Deno have a version of Node too.
  const isOtherRuntime =
    runtime === 'node' && ['bun', 'deno'].some((name) => process.versions[name] !== undefined);
  if (version === undefined || isOtherRuntime) throw new Error(`The runner must run on ${runtime}.`);
  const entry = import.meta.resolve('@room-recordings/core');
  if (!entry.endsWith('/dist/index.js'))
    throw new Error(`The runner must use the built package, not ${entry}.`);

  const results = await runCases(core, loadFixtures(), findInspectors());
  const report: RunReport = { runtime, version, results };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
