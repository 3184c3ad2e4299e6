import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAborted } from './abort-case.ts';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import {
  askWithIssuer,
  EXPECTED_OF_ISSUERS,
  ISSUER_CASES,
  tellIssuerCases,
  type IssuerAddresses,
} from './issuer-cases.ts';
import { openIssuers } from './issuer-server.ts';

let addresses: IssuerAddresses;
let stop: () => void;

beforeAll(async () => {
  ({ stop, ...addresses } = await openIssuers());
});

afterAll(() => stop());

it.each(ISSUER_CASES)('on Node, an issuer that $name leads to $expected.0', async (each) => {
  expect(await askWithIssuer(each, addresses)).toEqual(each.expected);
});

it('on Node, an aborted body rejects and does not resolve with a part', async () => {
  expect(await readAborted(addresses.issuer)).toBe('rejected');
});

it.each(RUNTIMES)('on %s, an aborted body rejects and does not resolve with a part', async (runtime) => {
  expect(
    await callOnRuntime(runtime, new URL('abort-case.ts', import.meta.url), readAborted, [addresses.issuer]),
  ).toBe('rejected');
});

it.each(RUNTIMES)(
  'on %s, all failures of the issuer have the same result as on Node',
  { timeout: 60_000 },
  async (runtime) => {
    const told = await callOnRuntime(runtime, new URL('issuer-cases.ts', import.meta.url), tellIssuerCases, [
      addresses,
    ]);
    expect(told).toEqual(EXPECTED_OF_ISSUERS);
  },
);
