import { BEHAVIOUR } from '../behaviour/index.ts';

/** What came of a run: the names of all cases, and why those failed that did. */
export interface Report {
  readonly runtime: string;
  readonly names: readonly string[];
  readonly failures: readonly string[];
}

/** Runs every case, one after the other. */
export async function runAll(runtime: string): Promise<Report> {
  const failures: string[] = [];
  for (const { name, run } of BEHAVIOUR) {
    try {
      await run();
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }
  return { runtime, names: BEHAVIOUR.map(({ name }) => name), failures };
}
