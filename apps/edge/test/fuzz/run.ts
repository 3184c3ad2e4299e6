import process from 'node:process';
import { proveAll } from './report.ts';

/** Proves every property in this runtime, for as many inputs as it is told; prints what came of it. */
const [numRuns = '1'] = process.argv.slice(2);
const report = await proveAll(Number(numRuns));
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
