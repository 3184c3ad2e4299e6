import { writeFileSync } from 'node:fs';
import { caseNames } from './cases.ts';
import { runInRuntime } from './launch.ts';
import { loadFixtures } from './recorded.ts';
import { RUNTIMES } from './report.ts';
import { toMarkdown, toText } from './table.ts';
import { evaluateRuns } from './verdict.ts';

const names = caseNames(loadFixtures());
const verdict = evaluateRuns(names, await Promise.all(RUNTIMES.map((runtime) => runInRuntime(runtime))));

writeFileSync(new URL('../MATRIX.md', import.meta.url), toMarkdown(verdict));
process.stdout.write(`${toText(verdict)}\n`);
if (!verdict.isGreen) process.exitCode = 1;
