import process from 'node:process';
import { tellIssuerCases, type IssuerAddresses } from './issuer-cases.ts';

/** Tells what comes of every issuer in this runtime, where they are at the addresses that it is given. */
const [addresses = '{}'] = process.argv.slice(2);
// Who starts this program writes them.
const told = await tellIssuerCases(JSON.parse(addresses) as IssuerAddresses);
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
