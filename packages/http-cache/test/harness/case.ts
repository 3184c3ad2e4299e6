/** One behaviour and its proof, which throws where it does not hold. No test runner is needed to run it. */
export interface Case {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/** Names a case. */
export function check(name: string, run: Case['run']): Case {
  return { name, run };
}

/** Names a case for every row of a table: the row's first member goes where `%s` stands. */
export function checkEach<Row extends readonly [string, ...unknown[]]>(
  name: string,
  rows: readonly Row[],
  run: (...row: [...Row]) => Promise<void> | void,
): readonly Case[] {
  return rows.map((row) => check(name.replace('%s', row[0]), () => run(...([...row] as [...Row]))));
}

/** Fails unless both are the same JSON, typed arrays and errors written out. */
export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  const [got, wanted] = [show(actual), show(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

/** Fails unless it rejects, and gives what it rejects with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  const settled = await work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (settled === undefined) throw new Error('expected a rejection');
  return settled.error;
}

function show(value: unknown): string {
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
