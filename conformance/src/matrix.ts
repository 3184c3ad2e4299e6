import { launch } from './launch.ts';
import { nameCase } from './fixture.ts';
import { readRecorded } from './recorded.ts';
import { RUNTIMES } from './report.ts';
import { judge } from './table.ts';

const names = readRecorded().map(nameCase);
const verdict = judge(names, await Promise.all(RUNTIMES.map((runtime) => launch(runtime))));

process.stdout.write(`${verdict.text}\n`);
if (!verdict.isGreen) process.exitCode = 1;
