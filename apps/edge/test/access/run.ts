import process from 'node:process';
import { tellIssuerCases, type IssuerAddresses } from './issuer-cases.ts';
import { tellOutcomes } from './runtime-cases.ts';

/** Tells what comes of every case of access in this runtime, or of every issuer where it is given their addresses. */
const [addresses = ''] = process.argv.slice(2);
// Who starts this program writes them.
const told =
  addresses === '' ? await tellOutcomes() : await tellIssuerCases(JSON.parse(addresses) as IssuerAddresses);
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
