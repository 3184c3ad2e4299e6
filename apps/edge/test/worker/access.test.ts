import { expect, inject, it } from 'vitest';
import { readAborted } from '../auth/abort-case.ts';
import { askWithIssuer, ISSUER_CASES } from '../auth/issuer-cases.ts';
import { judgeProducer } from '../auth/producer-cases.ts';
import { PRODUCERS } from '../auth/producers.ts';
import { EXPECTED, tellOutcomes } from '../auth/runtime-cases.ts';
import { EXPECTED as FOUND } from '../auth/wycheproof/expected.ts';
import { judgeVectors } from '../auth/wycheproof/vectors.ts';

const issuers = inject('issuers');

it('decides access in workerd as everywhere', async () => {
  expect(await tellOutcomes()).toEqual(EXPECTED);
});

it.each(PRODUCERS)('accepts tokens in the shape of $name by their key alone', async (producer) => {
  expect(await judgeProducer(producer)).toEqual(['200', '401 token_invalid']);
});

it('does not take a body that is aborted for a whole one in workerd', async () => {
  expect(await readAborted(issuers.issuer)).toBe('rejected');
});

it('S50: of each of the vectors finds in workerd what it is', async () => {
  expect(await judgeVectors()).toEqual(FOUND);
});

it.each(ISSUER_CASES)('S52: over real sockets, an issuer that $name leads to $expected.0', async (each) => {
  expect(await askWithIssuer(each, issuers)).toEqual(each.expected);
});
