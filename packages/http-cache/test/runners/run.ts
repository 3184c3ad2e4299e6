import { printAndExit, runCases } from '@room-recordings/testing/run-cases';
import { BEHAVIOUR } from '../behaviour/index.ts';

printAndExit(await runCases(BEHAVIOUR, undefined));
