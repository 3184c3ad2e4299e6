import { BEHAVIOUR } from '../behaviour/index.ts';
import type { Case } from '@room-recordings/testing/cases';

/** What came of a run: the names of all cases, and why those failed that did. */
export interface Report {
  readonly runtime: string;
  readonly names: readonly string[];
  readonly failures: readonly string[];
}

/** Runs every case, one after the other; those of the behaviour by default. */
export async function runAll(runtime: string, cases: readonly Case[] = BEHAVIOUR): Promise<Report> {
  const failures: string[] = [];
  for (const { name, run } of cases) {
    try {
      await run();
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }
  return { runtime, names: cases.map(({ name }) => name), failures };
}
