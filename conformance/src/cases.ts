import { SECRET_LEAK_CASES, runSecretLeakCases } from './secret-leak-cases.ts';
import type { Inspector } from './find-secret.ts';
import { caseName } from './fixture.ts';
import { runSuite, type CaseResult, type CoreUnderTest } from './suite.ts';

/** Returns the names of all rows of the matrix: the fixtures, and then the secret leak cases. */
export function caseNames(fixtures: readonly unknown[]): readonly string[] {
  return [...fixtures.map(caseName), ...SECRET_LEAK_CASES];
}

/** Runs all cases, in the order of their names. */
export async function runCases(
  core: CoreUnderTest,
  fixtures: readonly unknown[],
  inspectors: readonly Inspector[],
): Promise<readonly CaseResult[]> {
  return [...(await runSuite(core, fixtures)), ...(await runSecretLeakCases(core, inspectors))];
}
