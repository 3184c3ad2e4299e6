import process from 'node:process';
import { readAborted } from './abort-case.ts';
import { tellIssuerCases, type IssuerAddresses } from './issuer-cases.ts';
import { tellProducers } from './producer-cases.ts';
import { tellOutcomes } from './runtime-cases.ts';

/** Prints the outcome of each case of access in this runtime, of each producer, of an aborted read at the
 * address of an issuer, or of each issuer if it gets their addresses. */
const [addresses = ''] = process.argv.slice(2);
const tell = (): Promise<unknown> => {
  if (addresses === '') return tellOutcomes();
  if (addresses === 'producers') return tellProducers();
  if (addresses.startsWith('http')) return readAborted(addresses);
  // Who starts this program writes them.
  return tellIssuerCases(JSON.parse(addresses) as IssuerAddresses);
};
const told = await tell();
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
