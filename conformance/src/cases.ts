import { SECRET_LEAK_CASES, runSecretLeakCases } from './secret-leak-cases.ts';
import type { Inspector } from './find-secret.ts';
import { caseName } from './fixture.ts';
import { runSuite, type CaseResult, type CoreUnderTest } from './suite.ts';

/** Names every row of the matrix: the recorded exchanges, and then what the canary proves. */
export function caseNames(recorded: readonly unknown[]): readonly string[] {
  return [...recorded.map(caseName), ...SECRET_LEAK_CASES];
}

/** Runs every row, in the order of their names. */
export async function runCases(
  core: CoreUnderTest,
  recorded: readonly unknown[],
  inspectors: readonly Inspector[],
): Promise<readonly CaseResult[]> {
  return [...(await runSuite(core, recorded)), ...(await runSecretLeakCases(core, inspectors))];
}
