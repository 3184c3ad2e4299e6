import { printAndExit, runCases } from '@room-recordings/testing/run-cases';
import { loadSample, SAMPLES } from '../sample-files.ts';
import { rangeCases } from './range-cases.ts';

const samples = SAMPLES.map(({ name }) => ({ name, bytes: loadSample(name) }));
printAndExit(await runCases(rangeCases(samples), undefined));
