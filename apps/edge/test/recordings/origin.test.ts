import { expect, it } from 'vitest';
import { PROBLEM_TYPES } from '../../src/http/error-codes.ts';
import { decodeOriginError } from '../../src/recordings/origin.ts';

it.each([
  { name: 'a code of another version', headers: [['error-code', 'nonsense']] },
  { name: 'the name of a property of every object', headers: [['error-code', 'constructor']] },
  { name: 'no code', headers: [] },
] as const)('a stored error with $name becomes an internal error', ({ headers }) => {
  const response = {
    status: 404,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    body: null,
  };
  expect(decodeOriginError(response)).toEqual({ error: 'internal', detail: PROBLEM_TYPES.internal.help });
});
