import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const PAGE = readFileSync(resolve(ROOT, 'SECURITY.md'), 'utf8');

/** Every row of the design, S01 to S82 and C01 to C17. */
const ALL = [...numbered('S', 1, 82), ...numbered('C', 1, 17)];

function numbered(letter: string, first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, nth) => letter + String(first + nth).padStart(2, '0'));
}

/** `S12, S58–S60` as S12, S58, S59, S60. */
function expand(text: string): readonly string[] {
  return [...text.matchAll(/([SC])(\d\d)(?:–[SC](\d\d))?/g)].flatMap(([, letter = '', first, last]) =>
    numbered(letter, Number(first), Number(last ?? first)),
  );
}

/** Of a test's name in the table: its text. */
function readTest(name: string): string {
  const folder = name.startsWith('packages/') ? ROOT : import.meta.dirname;
  const file = [`${name}.test.ts`, `${name}.ts`]
    .map((each) => resolve(folder, each))
    .find((each) => existsSync(each));
  return file === undefined ? '' : readFileSync(file, 'utf8');
}

/** Where a test, a group of tests or a row of a table of tests says what it is about; `it.skip` and `it.todo` are none. */
const TITLES = /(?:\b(?:it|test|describe)\(|\)\(|\[)\s*['"`]((?:[A-Z]\d\d, )*[A-Z]\d\d):/g;
const COMMENTS = /^\s*(?:\/\/|\/?\*).*$/gm;

/** The rows that a text has tests of: each is named by itself before the colon of a title, and neither in a range nor in a comment. */
function rowsIn(text: string): ReadonlySet<string> {
  const titles = text.replaceAll(COMMENTS, '').matchAll(TITLES);
  return new Set([...titles].flatMap(([, ids = '']) => ids.split(', ')));
}

const TABLE = [...PAGE.matchAll(/^\| ([SC]\d\d–[SC]\d\d) +\|[^|]*\|([^|]*)\|$/gm)].map(
  ([, rows = '', tests = '']) => ({
    rows: expand(rows),
    tests: tests.split(',').map((name) => name.trim()),
  }),
);
const LATER = expand(/Not built yet[^.]*\./.exec(PAGE)?.[0] ?? '');

it.each([
  ["it('S01: a', f)", ['S01']],
  ["it.each([\n  ['S02: a', 1],\n  ['b', 'S03: a'],\n])('R04, S05: %s', f)", ['S02', 'R04', 'S05']],
  ["describe.skipIf(x)('S06: a', f)", ['S06']],
  ["it('S07-S09: a', f); it('S07–S09: a', f); it('as in S07', f)", []],
  ["// it('S10: a', f)\n/* it('S11: a', f)\n * it('S12: a', f) */\n  // S13: a", []],
  ["it.skip('S14: a', f); test.todo('S15: a'); expect(x).toBe('S16: a')", []],
])('counts of %j the titles of tests', (text, rows) => {
  expect([...rowsIn(text)]).toEqual(rows);
});

it('names each row of the design once: with its tests, or as not built', () => {
  expect([...TABLE.flatMap(({ rows }) => rows), ...LATER].toSorted()).toEqual(ALL.toSorted());
});

it.each(TABLE.flatMap(({ rows, tests }) => rows.map((row) => ({ row, tests }))))(
  '$row is in the name of a test that the table leads to',
  ({ row, tests }) => {
    expect(tests.filter((name) => rowsIn(readTest(name)).has(row))).not.toEqual([]);
  },
);

it.each(TABLE.flatMap(({ rows, tests }) => tests.map((name) => ({ name, rows }))))(
  '$name has a test of $rows.0 and those after it',
  ({ name, rows }) => {
    expect(rows.filter((row) => rowsIn(readTest(name)).has(row))).not.toEqual([]);
  },
);
