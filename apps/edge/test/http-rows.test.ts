import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The rules of HTTP and CORS that hold for one recording or for the cache, and where each is seen over a socket. */
const SEEN_IN: Readonly<Record<string, readonly string[]>> = {
  'read.test.ts': ['R01', 'R09', 'R12', 'R14', 'R15', 'R18', 'R20', 'R22', 'R46', 'R58'],
  'conditions-wire.test.ts': ['R02', 'R03', 'R04', 'R05', 'R06', 'R07', 'R08', 'R10', 'R11', 'R25'],
  'lifetimes-wire.test.ts': ['R21', 'R30', 'R32', 'R37', 'R41', 'R42'],
  'cached.test.ts': ['R13', 'R17', 'R23', 'R24', 'R27', 'R28', 'R34', 'R36', 'R45', 'R47', 'R51', 'R52'],
  'stale.test.ts': ['R29', 'R38', 'R39', 'R40'],
  'cache-status.test.ts': ['R48', 'R49', 'R50'],
  'cache-wire.test.ts': ['R43', 'R44', 'R53'],
  'problem.test.ts': ['R55', 'R56', 'R57'],
  'cors.test.ts': ['R16'],
  'auth/privacy.test.ts': ['R26', 'R33', 'R54'],
  'cors-wire.test.ts': [
    'R35',
    'C01',
    'C02',
    'C03',
    'C04',
    'C05',
    'C06',
    'C07',
    'C08',
    'C09',
    'C10',
    'C11',
    'C15',
    'C16',
    'C17',
  ],
};

/** R19 and C12 are of the media, C13 and C14 of a browser; the edge ignores what R31 is about, as F34 proves. */
const ELSEWHERE = new Set(['R19', 'R31', 'C12', 'C13', 'C14']);

const count = (letter: string, last: number): readonly string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`);

test('every rule has its place, and one alone', () => {
  const rules = [...count('R', 58), ...count('C', 17)].filter((id) => !ELSEWHERE.has(id));
  expect(Object.values(SEEN_IN).flat().toSorted()).toEqual(rules.toSorted());
});

test.each(Object.entries(SEEN_IN))('%s names the rules that are seen there', (file, ids) => {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  expect(ids.filter((id) => !new RegExp(`['"].*\\b${id}\\b`).test(text))).toEqual([]);
});
