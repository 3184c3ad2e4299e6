/** One behaviour and its proof. The proof throws if the behaviour is missing, and needs no test runner. */
export interface Case<Context = void> {
  readonly name: string;
  readonly run: (context: Context) => Promise<void> | void;
}

/** Creates a case. */
export function check(name: string, run: Case['run']): Case {
  return { name, run };
}

/** Creates a case for every row of a table. The name of the row replaces `$name`. */
export function checkEach<Row extends { readonly name: string }>(
  name: string,
  rows: readonly Row[],
  run: (row: Row) => Promise<void> | void,
): readonly Case[] {
  return rows.map((row) => check(name.replace('$name', row.name), () => run(row)));
}

/** Throws unless both values have the same JSON. Typed arrays, headers and errors are written out. */
export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  const [got, wanted] = [format(actual), format(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

/** Throws unless the condition is true. The message contains `actual`. */
export function holds(condition: boolean, what: string, actual: unknown): void {
  if (!condition) throw new Error(`${what}: got ${format(actual)}`);
}

/** Throws unless the promise rejects; returns the reason. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  const settled = await work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (settled === undefined) throw new Error('expected a rejection');
  return settled.error;
}

function format(value: unknown): string {
  return (
    JSON.stringify(value, (_, nested: unknown) => {
      if (nested === undefined) return '(undefined)';
      if (typeof nested === 'number' && !Number.isFinite(nested)) return String(nested);
      if (nested instanceof Uint8Array) return new TextDecoder().decode(nested);
      if (nested instanceof Headers) return [...nested];
      if (nested instanceof Error) return `${nested.name}: ${nested.message}`;
      return nested;
    }) ?? String(value)
  );
}
