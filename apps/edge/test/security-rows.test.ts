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

/** Whether a text names a row, by itself or inside a range such as S02–S11. */
function names(text: string, row: string): boolean {
  const ranges = [...text.matchAll(/[SC]\d\d(?:[–-][SC]\d\d)?/g)];
  return ranges.some(([found]) => expand(found.replace('-', '–')).includes(row));
}

const TABLE = [...PAGE.matchAll(/^\| ([SC]\d\d–[SC]\d\d) +\|[^|]*\|([^|]*)\|$/gm)].map(
  ([, rows = '', tests = '']) => ({
    rows: expand(rows),
    tests: tests.split(',').map((name) => name.trim()),
  }),
);
const LATER = expand(/Not built yet[^.]*\./.exec(PAGE)?.[0] ?? '');

it('names each row of the design once: with its tests, or as not built', () => {
  expect([...TABLE.flatMap(({ rows }) => rows), ...LATER].toSorted()).toEqual(ALL.toSorted());
});

it.each(TABLE.flatMap(({ rows, tests }) => rows.map((row) => ({ row, tests }))))(
  '$row is in the name of a test that the table leads to',
  ({ row, tests }) => {
    expect(tests.filter((name) => names(readTest(name), row))).not.toEqual([]);
  },
);

it.each(TABLE.flatMap(({ rows, tests }) => tests.map((name) => ({ name, rows }))))(
  '$name has a test of $rows.0 and those after it',
  ({ name, rows }) => {
    expect(rows.filter((row) => names(readTest(name), row))).not.toEqual([]);
  },
);
