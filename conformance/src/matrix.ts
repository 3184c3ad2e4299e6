import { writeFileSync } from 'node:fs';
import { nameCases } from './cases.ts';
import { launch } from './launch.ts';
import { readRecorded } from './recorded.ts';
import { RUNTIMES } from './report.ts';
import { toMarkdown, toText } from './table.ts';
import { judge } from './verdict.ts';

const names = nameCases(readRecorded());
const verdict = judge(names, await Promise.all(RUNTIMES.map((runtime) => launch(runtime))));

writeFileSync(new URL('../MATRIX.md', import.meta.url), toMarkdown(verdict));
process.stdout.write(`${toText(verdict)}\n`);
if (!verdict.isGreen) process.exitCode = 1;
