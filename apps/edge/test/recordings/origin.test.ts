import { expect, it } from 'vitest';
import { PROBLEM_TYPES } from '../../src/http/error-codes.ts';
import { parseStoredProblem } from '../../src/recordings/origin.ts';

it.each([
  { name: 'an unknown code', body: '{"error":"nonsense","detail":"x"}' },
  { name: 'a property name of every object as its code', body: '{"error":"constructor","detail":"x"}' },
  { name: 'a code that is not text', body: '{"error":1,"detail":"x"}' },
  { name: 'no code', body: '{"detail":"x"}' },
  { name: 'no detail', body: '{"error":"not_found"}' },
  { name: 'null', body: 'null' },
  { name: 'no body', body: null },
])('parseStoredProblem() returns an internal error for $name', ({ body }) => {
  const bytes = body === null ? null : new TextEncoder().encode(body);
  const problem = parseStoredProblem({ status: 404, headers: [], body: bytes });
  expect(problem).toEqual({ error: 'internal', detail: PROBLEM_TYPES.internal.help });
});
