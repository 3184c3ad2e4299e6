import { expect, inject, it } from 'vitest';
import { readAborted } from '../auth/abort-case.ts';
import { askWithIssuer, ISSUER_CASES } from '../auth/issuer-cases.ts';
import { judgeProducer } from '../auth/producer-cases.ts';
import { PRODUCERS } from '../auth/producers.ts';
import { EXPECTED, tellOutcomes } from '../auth/runtime-cases.ts';
import { EXPECTED as FOUND } from '../auth/wycheproof/expected.ts';
import { judgeVectors } from '../auth/wycheproof/vectors.ts';

const issuers = inject('issuers');

it('authorizes requests in workerd as on the other runtimes', async () => {
  expect(await tellOutcomes()).toEqual(EXPECTED);
});

it.each(PRODUCERS)('accepts the token format of $name, and only with the right key', async (producer) => {
  expect(await judgeProducer(producer)).toEqual(['200', '401 token_invalid']);
});

it('rejects an aborted body in workerd', async () => {
  expect(await readAborted(issuers.issuer)).toBe('rejected');
});

it('accepts and rejects the Wycheproof vectors in workerd as expected', async () => {
  expect(await judgeVectors()).toEqual(FOUND);
});

it.each(ISSUER_CASES)(
  'responds with $expected.0 to an issuer that $name, over real sockets',
  async (each) => {
    expect(await askWithIssuer(each, issuers)).toEqual(each.expected);
  },
);
