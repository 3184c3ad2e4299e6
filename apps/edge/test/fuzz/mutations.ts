import { array, constant, constantFrom, integer, oneof, string, tuple, type Arbitrary } from 'fast-check';

/** A place in a text, how much is taken out there, and what is put in. */
interface Edit {
  /** From 0 for its first character up to 1,000 for its end; below 0 in characters before that. */
  readonly at: number;
  readonly taken: number;
  readonly put: string;
}

const edit: Arbitrary<Edit> = tuple(
  integer({ min: 0, max: 1_000 }),
  oneof(constantFrom(0, 1, 1), integer({ min: 0, max: 400 })),
  oneof(
    { weight: 3, arbitrary: string({ unit: constantFrom(...'AQgwBb0-_.=&+/ %'.split('')), maxLength: 3 }) },
    { weight: 1, arbitrary: string({ unit: 'binary', maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: constantFrom('.'.repeat(9_000), '%2E', '\n', '\0', 'é', '&kid=x', '&signature='),
    },
  ),
).map(([at, taken, put]) => ({ at, taken, put }));

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');

/** Another last character: by a lenient decoder some of them mean the same. */
const respelt: Arbitrary<Edit> = constantFrom(...BASE64URL).map((put) => ({ at: -1, taken: 1, put }));

/** What is done to a text; nothing, in every fourth case. */
export const edits: Arbitrary<readonly Edit[]> = oneof(
  { weight: 1, arbitrary: constant([]) },
  { weight: 1, arbitrary: respelt.map((one) => [one]) },
  { weight: 2, arbitrary: array(edit, { minLength: 1, maxLength: 3 }) },
);

export function applyEdits(text: string, all: readonly Edit[]): string {
  return all.reduce((before, { at, taken, put }) => {
    const index = at < 0 ? before.length + at : Math.floor((before.length * at) / 1_000);
    return before.slice(0, index) + put + before.slice(index + taken);
  }, text);
}
