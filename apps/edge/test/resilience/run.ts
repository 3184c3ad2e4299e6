import process from 'node:process';
import { CASES, SHARED_CASES } from './fault-cases.ts';
import { runCases } from './report.ts';
import type { Addresses } from './fault.ts';

/** Runs every case in this runtime, against what listens at the addresses that it is given; prints what came of it. */
const [addresses = '{}'] = process.argv.slice(2);
// Who starts this program writes them.
const surroundings = { addresses: JSON.parse(addresses) as Addresses, isWorkerd: false };
const report =
  'caches' in globalThis
    ? await runCases([...CASES, ...SHARED_CASES], {
        ...surroundings,
        cacheApi: await caches.open(crypto.randomUUID()),
      })
    : await runCases(CASES, surroundings);
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
