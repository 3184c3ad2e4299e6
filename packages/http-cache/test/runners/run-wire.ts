import { printAndExit, runCases } from '@room-recordings/testing/run-cases';
import { wireCases } from '../wire/cases.ts';

printAndExit(await runCases(wireCases(process.argv[2] ?? ''), undefined));
