import type { Case, Surroundings } from './fault-case.ts';

/** What came of a run, by the names of the cases. */
export interface Report {
  /** Those that ran and held. */
  readonly held: readonly string[];
  /** Those that failed, and why. */
  readonly failures: readonly string[];
}

/** Runs cases, one after the other. */
export async function runCases(cases: readonly Case[], surroundings: Surroundings): Promise<Report> {
  const held: string[] = [];
  const failures: string[] = [];
  for (const { name, run } of cases) {
    try {
      await run(surroundings);
      held.push(name);
    } catch (fault) {
      failures.push(`${name}: ${fault instanceof Error ? fault.stack : String(fault)}`);
    }
  }
  return { held, failures };
}
