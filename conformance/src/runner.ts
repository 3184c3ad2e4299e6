import { runCases } from './cases.ts';
import { findInspectors } from './inspectors.ts';
import { loadFixtures } from './load-fixtures.ts';
import type { RunReport, Runtime } from './report.ts';
import type { CoreUnderTest } from './suite.ts';

/**
 * Runs every case and prints the report.
 *
 * @throws {Error} on another runtime than the one named, or with a core that is not the built one.
 */
export async function runSuiteAndReport(runtime: Runtime, core: CoreUnderTest): Promise<void> {
  const version = process.versions[runtime];
  // Bun and Deno also claim a version of Node.
  const foreign = runtime === 'node' && ['bun', 'deno'].some((name) => process.versions[name] !== undefined);
  if (version === undefined || foreign) throw new Error(`This is not ${runtime}.`);
  const entry = import.meta.resolve('@room-recordings/core');
  if (!entry.endsWith('/dist/index.js')) throw new Error(`This is not the built package: ${entry}`);

  const results = await runCases(core, loadFixtures(), findInspectors());
  const report: RunReport = { runtime, version, results };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
