import { expect, it } from 'vitest';
import { PROBLEM_TYPES } from '../../src/http/error-codes.ts';
import { decodeOriginError } from '../../src/recordings/origin.ts';

it.each([
  { what: 'a code of another version', headers: [['error-code', 'nonsense']] },
  { what: 'a name of every object', headers: [['error-code', 'constructor']] },
  { what: 'no code', headers: [] },
] as const)('a stored failure with $what is an internal error', ({ headers }) => {
  const answer = {
    status: 404,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    body: null,
  };
  expect(decodeOriginError(answer)).toEqual({ error: 'internal', detail: PROBLEM_TYPES.internal.help });
});
