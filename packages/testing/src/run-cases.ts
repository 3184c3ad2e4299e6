import type { Case } from './cases.ts';

/** A runtime that can run cases. */
export type Runtime = 'Node' | 'Bun' | 'Deno' | 'workerd';

/** The result of a run of cases. */
export interface Report {
  readonly runtime: Runtime;
  /** The names of the cases that passed, in order. */
  readonly passed: readonly string[];
  /** The name of each case that failed, and its error. */
  readonly failures: readonly string[];
}

/** Runs cases one after the other. */
export async function runCases<Context>(cases: readonly Case<Context>[], context: Context): Promise<Report> {
  const passed: string[] = [];
  const failures: string[] = [];
  for (const { name, run } of cases) {
    try {
      await run(context);
      passed.push(name);
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  return { runtime: findRuntime(), passed, failures };
}

/** Returns the report of a run in which every case passes. */
export function expectedReport(runtime: Runtime, cases: readonly { readonly name: string }[]): Report {
  return { runtime, passed: cases.map(({ name }) => name), failures: [] };
}

/** Returns the runtime of this program. */
function findRuntime(): Runtime {
  if ('Bun' in globalThis) return 'Bun';
  if ('Deno' in globalThis) return 'Deno';
  // Workers have no navigator before the compatibility date 2022-03-21, and may have Node's process.
  return 'WebSocketPair' in globalThis ? 'workerd' : 'Node';
}

/** Prints a value as JSON, and ends this program: servers and sockets that are open do not keep it. */
export function printAndExit(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`, () => process.exit(0));
}
