import process from 'node:process';
import { runCases } from './report.ts';
import type { Addresses } from './row.ts';

/** Runs every case in this runtime, against what listens at the addresses that it is given; prints what came of it. */
const [addresses = '{}'] = process.argv.slice(2);
// Who starts this program writes them.
const report = await runCases({ addresses: JSON.parse(addresses) as Addresses, isWorkerd: false });
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
