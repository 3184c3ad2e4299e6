import type { Case } from './fault-case.ts';

// Written out, as all here: what is dropped elsewhere is missed by this list.
const FRESH = 'fresh';
const BEHIND = 'stale, to be refreshed behind';
const PAST = 'stale, past that';
const NOTHING = 'nothing';
const ALL: readonly Case['state'][] = [FRESH, BEHIND, PAST, NOTHING];
const WAYS: readonly Case['way'][] = ['GET', 'HEAD', 'If-None-Match'];

/** The rows of faults-and-load that are not of media or of access, and how many causes each has in each state. */
export const LISTED: readonly (readonly [id: string, causes: number, states: readonly Case['state'][]])[] = [
  ['F01', 1, ALL],
  ['F02', 1, ALL],
  ['F03', 5, ALL],
  ['F04', 1, ALL],
  ['F05', 1, ALL],
  ['F06', 1, ALL],
  ['F07', 1, ALL],
  ['F08', 2, ALL],
  ['F09', 3, ALL],
  ['F10', 5, ALL],
  ['F11', 1, ALL],
  ['F12', 6, ALL],
  ['F13', 3, ALL],
  ['F14', 2, ALL],
  ['F15', 1, ALL],
  // It begins with nothing.
  ['F16', 1, [NOTHING]],
  ['F17', 3, ALL],
  ['F18', 1, ALL],
  ['F19', 1, ALL],
  ['F20', 2, ALL],
  ['F21', 1, ALL],
  ['F22', 1, ALL],
  ['F23', 2, ALL],
  ['F24', 2, ALL],
  ['F25', 2, ALL],
  ['F26', 2, ALL],
  ['F27', 1, ALL],
  // Of what is stored, one in each state; of nothing, two shares of two faults.
  ['F28', 1, [FRESH, BEHIND, PAST]],
  ['F28', 4, [NOTHING]],
  ['F29', 1, [FRESH, BEHIND, PAST]],
  ['F29', 2, [NOTHING]],
  ['F30', 2, ALL],
  ['F31', 1, ALL],
  ['F32', 5, ALL],
  ['F33', 3, ALL],
  ['F34', 2, ALL],
  ['F35', 6, ALL],
  // What is fresh is not read, so that nothing is on its way.
  ['F36', 1, [BEHIND, PAST, NOTHING]],
  ['F39', 9, ALL],
  // The account that is refused, a scan and a crowd.
  ['F40', 3, ALL],
];

/** The rows of one read that are proved with the Cache API behind the memory, too. */
export const SHARED_ROWS: readonly string[] = [
  'F01',
  'F06',
  'F08',
  'F12',
  'F14',
  'F15',
  'F18',
  'F19',
  'F20',
  'F22',
  'F24',
  'F33',
  'F34',
];

/** How many cases there have to be of each row, in each state and for each way of asking. */
export function countListed(listed: typeof LISTED): readonly string[] {
  return listed
    .flatMap(([id, causes, states]) =>
      states.flatMap((state) => WAYS.map((way) => tell(id, state, way, causes))),
    )
    .toSorted();
}

/** The same of the cases that there are. */
export function countCases(cases: readonly Case[]): readonly string[] {
  const counts = new Map<string, readonly [Case, number]>();
  for (const found of cases) {
    const key = JSON.stringify([found.id, found.state, found.way]);
    counts.set(key, [found, (counts.get(key)?.[1] ?? 0) + 1]);
  }
  return [...counts.values()].map(([{ id, state, way }, count]) => tell(id, state, way, count)).toSorted();
}

function tell(id: string, state: string, way: string, count: number): string {
  return `${id}; ${state}; ${way}: ${count}`;
}
