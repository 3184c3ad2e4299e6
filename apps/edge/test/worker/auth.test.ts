import { expect, inject, it } from 'vitest';
import { runIssuerCase, ISSUER_CASES, readAbortedBody } from '../auth/issuer-cases.ts';
import { PRODUCERS } from '../auth/producers.ts';
import { EXPECTED_AUTH_RESULTS, runAuthCases, runProducerCase } from '../auth/runtime-cases.ts';
import { verifyVectors, EXPECTED_VECTOR_RESULTS as FOUND } from '../auth/wycheproof/vectors.ts';

const issuers = inject('issuers');

it('authorizes requests in workerd as on the other runtimes', async () => {
  expect(await runAuthCases()).toEqual(EXPECTED_AUTH_RESULTS);
});

it.each(PRODUCERS)('accepts the token format of $name, and only with the right key', async (producer) => {
  expect(await runProducerCase(producer)).toEqual(['200', '401 token_invalid']);
});

it('rejects an aborted body in workerd', async () => {
  expect(await readAbortedBody(issuers.issuer)).toBe('rejected');
});

it('accepts and rejects the Wycheproof vectors in workerd as expected', async () => {
  expect(await verifyVectors()).toEqual(FOUND);
});

it.each(ISSUER_CASES)(
  'responds with $expected.0 to an issuer that $name, over real sockets',
  async (each) => {
    expect(await runIssuerCase(each, issuers)).toEqual(each.expected);
  },
);
