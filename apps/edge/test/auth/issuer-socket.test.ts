import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  runIssuerCase,
  EXPECTED_ISSUER_RESULTS,
  ISSUER_CASES,
  runIssuerCases,
  type IssuerAddresses,
  readAbortedBody,
} from './issuer-cases.ts';
import { startIssuerServer } from './issuer-server.ts';

let addresses: IssuerAddresses;
let stop: () => void;

beforeAll(async () => {
  ({ stop, ...addresses } = await startIssuerServer());
});

afterAll(() => stop());

it.each(ISSUER_CASES)(
  'on Node, the edge responds with $expected.0 to a token if its issuer $name',
  async (each) => {
    expect(await runIssuerCase(each, addresses)).toEqual(each.expected);
  },
);

it('on Node, reading an aborted body rejects and does not resolve with a part', async () => {
  expect(await readAbortedBody(addresses.issuer)).toBe('rejected');
});

it.each(RUNTIMES)(
  'on %s, reading an aborted body rejects and does not resolve with a part',
  async (runtime) => {
    expect(
      await callOnRuntime(runtime, new URL('issuer-cases.ts', import.meta.url), readAbortedBody, [
        addresses.issuer,
      ]),
    ).toBe('rejected');
  },
);

it.each(RUNTIMES)(
  'on %s, all failures of the issuer have the same result as on Node',
  { timeout: 60_000 },
  async (runtime) => {
    const results = await callOnRuntime(
      runtime,
      new URL('issuer-cases.ts', import.meta.url),
      runIssuerCases,
      [addresses],
    );
    expect(results).toEqual(EXPECTED_ISSUER_RESULTS);
  },
);
