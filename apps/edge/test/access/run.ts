import process from 'node:process';
import { tellOutcomes } from './runtime-cases.ts';

/** Tells what comes of every case of access in this runtime. */
process.stdout.write(`${JSON.stringify(await tellOutcomes())}\n`, () => process.exit(0));
