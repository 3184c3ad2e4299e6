import { BEHAVIOUR } from '../behaviour/index.ts';
import type { Case } from '@room-recordings/testing/cases';

/** The result of a run: the names of all cases, and the errors of those that failed. */
export interface Report {
  readonly runtime: string;
  readonly names: readonly string[];
  readonly failures: readonly string[];
}

/** Runs the cases one after the other. Default: those of the behaviour. */
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
