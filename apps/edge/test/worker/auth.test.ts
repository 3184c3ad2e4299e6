import { expect, inject, it } from 'vitest';
import { runIssuerCase, ISSUER_CASES, readAbortedBody } from '../auth/issuer-cases.ts';
import { PRODUCERS } from '../auth/producers.ts';
import { EXPECTED_AUTH_RESULTS, runAuthCases, runProducerCase } from '../auth/runtime-cases.ts';
import { EXPECTED_URL_RESULTS, runUrlCases } from '../auth/url-cases.ts';
import { verifyVectors, EXPECTED_VECTOR_RESULTS as FOUND } from '../auth/wycheproof/vectors.ts';

const issuers = inject('issuers');

it('in workerd, the edge authorizes requests as on the other runtimes', async () => {
  expect(await runAuthCases()).toEqual(EXPECTED_AUTH_RESULTS);
});

it('in workerd, signed URLs open the same resources as on the other runtimes', async () => {
  expect(await runUrlCases()).toEqual(EXPECTED_URL_RESULTS);
});

it.each(PRODUCERS)(
  'in workerd, a token in the form of $name is accepted with the key of the issuer only',
  async (producer) => {
    expect(await runProducerCase(producer)).toEqual(['200', '401 token_invalid']);
  },
);

it('in workerd, reading an aborted body rejects and does not resolve with a part', async () => {
  expect(await readAbortedBody(issuers.issuer)).toBe('rejected');
});

it('each Wycheproof vector has the expected result in workerd', async () => {
  expect(await verifyVectors()).toEqual(FOUND);
});

it.each(ISSUER_CASES)(
  'in workerd, the edge responds with $expected.0 to a token if its issuer $name',
  async (each) => {
    expect(await runIssuerCase(each, issuers)).toEqual(each.expected);
  },
);
