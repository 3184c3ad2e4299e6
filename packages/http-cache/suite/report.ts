import type { Kind, Results, SuiteTest } from './suite.ts';

const KINDS: readonly Kind[] = ['required', 'optimal', 'check'];

/** How many tests of each kind pass, and by name those that do not, and why. */
export function report(tests: readonly SuiteTest[], results: Results): string {
  const byId = new Map(tests.map((test) => [test.id, test]));
  return KINDS.map((kind) => reportKind(kind)).join('');

  function reportKind(kind: Kind): string {
    const ofKind = tests.filter((test) => (test.kind ?? 'required') === kind);
    const failed = ofKind.filter(({ id }) => !passes(id));
    const lines = failed.map(({ id }) => `  ${id}: ${why(id)}\n`);
    return `${kind}: ${ofKind.length - failed.length} of ${ofKind.length}\n${lines.join('')}`;
  }

  /** A test counts where all that it depends on has passed, too. */
  function passes(id: string): boolean {
    return results[id] === true && neededBy(id).every((needed) => passes(needed));
  }

  function why(id: string): string {
    const result = results[id];
    if (result === undefined) return 'was not run';
    if (result !== true) return `${result[0]}: ${result[1]}`;
    const failed = neededBy(id).filter((needed) => !passes(needed));
    return `depends on ${failed.join(' and ')}`;
  }

  function neededBy(id: string): readonly string[] {
    return byId.get(id)?.depends_on ?? [];
  }
}
