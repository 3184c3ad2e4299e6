import type { Surroundings } from './case.ts';
import { CASES } from './cases.ts';

/** What came of a run: how many cases there are, and why those failed that did. */
export interface Report {
  readonly count: number;
  readonly failures: readonly string[];
}

/** Runs every case, one after the other. */
export async function runCases(surroundings: Surroundings): Promise<Report> {
  const failures: string[] = [];
  for (const { name, run } of CASES) {
    try {
      await run(surroundings);
    } catch (fault) {
      failures.push(`${name}: ${fault instanceof Error ? fault.stack : String(fault)}`);
    }
  }
  return { count: CASES.length, failures };
}
