import type { Kind, Results, SuiteTest } from './suite.ts';

const KINDS: readonly Kind[] = ['required', 'optimal', 'check'];

/** Formats how many tests of each kind pass, and why the others fail. */
export function report(tests: readonly SuiteTest[], results: Results): string {
  const byId = new Map(tests.map((test) => [test.id, test]));
  return KINDS.map((kind) => reportKind(kind)).join('');

  function reportKind(kind: Kind): string {
    const ofKind = tests.filter((test) => (test.kind ?? 'required') === kind);
    const failed = ofKind.filter(({ id }) => !passes(id));
    const lines = failed.map(({ id }) => `  ${id}: ${explain(id)}\n`);
    return `${kind}: ${ofKind.length - failed.length} of ${ofKind.length}\n${lines.join('')}`;
  }

  /** A test counts only if all tests that it depends on have passed. */
  function passes(id: string): boolean {
    return results[id] === true && getDependencies(id).every((needed) => passes(needed));
  }

  function explain(id: string): string {
    const result = results[id];
    if (result === undefined) return 'was not run';
    if (result !== true) return `${result[0]}: ${result[1]}`;
    const failed = getDependencies(id).filter((needed) => !passes(needed));
    return `depends on ${failed.join(' and ')}`;
  }

  function getDependencies(id: string): readonly string[] {
    return byId.get(id)?.depends_on ?? [];
  }
}
