import { PROPERTIES } from './properties.ts';

/** What came of a run. */
export interface Report {
  /** The properties that hold. */
  readonly proven: readonly string[];
  /** Why the others do not. */
  readonly failures: readonly string[];
}

/** Proves every property, one after the other. */
export async function proveAll(numRuns: number): Promise<Report> {
  const proven: string[] = [];
  const failures: string[] = [];
  for (const { name, prove } of PROPERTIES) {
    try {
      await prove(numRuns);
      proven.push(name);
    } catch (fault) {
      failures.push(`${name}: ${String(fault)}`);
    }
  }
  return { proven, failures };
}
