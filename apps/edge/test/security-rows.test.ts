import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { CHROMIUM } from './browser/chromium.ts';
import { listTests, ROOT } from './listed-tests.ts';

const PAGE = readFileSync(resolve(ROOT, 'SECURITY.md'), 'utf8');

/** Every row of the design, S01 to S82 and C01 to C17. */
const ALL = [...numbered('S', 1, 82), ...numbered('C', 1, 17)];

/** Every file of tests is run, and some of them only to be asked for its names: half a minute on a busy machine. */
const LONGEST_LISTING_MS = 120_000;

function numbered(letter: string, first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, nth) => letter + String(first + nth).padStart(2, '0'));
}

/** `S12, S58–S60` as S12, S58, S59, S60. */
function expand(text: string): readonly string[] {
  return [...text.matchAll(/([SC])(\d\d)(?:–[SC](\d\d))?/g)].flatMap(([, letter = '', first, last]) =>
    numbered(letter, Number(first), Number(last ?? first)),
  );
}

/** The file that a test's name in the table means. */
const fileOf = (name: string): string =>
  `${name.startsWith('packages/') ? '' : 'apps/edge/test/'}${name}.test.ts`;

/** The rows that tests are of: each is named by itself before a colon, and not in a range. */
function rowsIn(names: readonly string[]): ReadonlySet<string> {
  const found = names.flatMap((name) => [...name.matchAll(/(?<![^ ])((?:[A-Z]\d\d, )*[A-Z]\d\d):/g)]);
  return new Set(found.flatMap(([, ids = '']) => ids.split(', ')));
}

const TABLE = [...PAGE.matchAll(/^\| ([SC]\d\d–[SC]\d\d) +\|[^|]*\|([^|]*)\|$/gm)].map(
  ([, rows = '', tests = '']) => ({
    rows: expand(rows),
    tests: tests.split(',').map((name) => name.trim()),
  }),
);
const LATER = expand(/Not built yet[^.]*\./.exec(PAGE)?.[0] ?? '');

it.each([
  [['S01: a'], ['S01']],
  [
    ['a group > S02: a', 'b S03: a', 'R04, S05: S06: a'],
    ['S02', 'S03', 'R04', 'S05', 'S06'],
  ],
  [['S07-S09: a', 'S07–S09: a', 'as in S07', 'XS07: a'], []],
])('counts of the tests %j the rows %j', (names, rows) => {
  expect([...rowsIn(names)]).toEqual(rows);
});

it('names each row of the design once: with its tests, or as not built', () => {
  expect([...TABLE.flatMap(({ rows }) => rows), ...LATER].toSorted()).toEqual(ALL.toSorted());
});

describe('of the tests that run', () => {
  const rowsOf = new Map<string, ReadonlySet<string>>();

  beforeAll(async () => {
    const names = [...new Set(TABLE.flatMap(({ tests }) => tests))];
    const listed = await listTests(names.map(fileOf));
    for (const name of names) rowsOf.set(name, rowsIn(listed.get(fileOf(name)) ?? []));
  }, LONGEST_LISTING_MS);

  /** What a browser alone shows is absent where there is none, and with `CI` that has failed before. */
  function allowAbsence({ skip }: TestContext, tests: readonly string[]): void {
    if (CHROMIUM === undefined && tests.includes('browser')) skip('There is no Chromium.');
  }

  it.for(TABLE.flatMap(({ rows, tests }) => rows.map((row) => ({ row, tests }))))(
    '$row is in the name of one that the table leads to',
    ({ row, tests }, context) => {
      const found = tests.filter((name) => rowsOf.get(name)?.has(row));
      if (found.length === 0) allowAbsence(context, tests);
      expect(found).not.toEqual([]);
    },
  );

  it.for(TABLE.flatMap(({ rows, tests }) => tests.map((name) => ({ name, rows }))))(
    '$name has one of $rows.0 and those after it',
    ({ name, rows }, context) => {
      const found = rows.filter((row) => rowsOf.get(name)?.has(row));
      if (found.length === 0) allowAbsence(context, [name]);
      expect(found).not.toEqual([]);
    },
  );
});
