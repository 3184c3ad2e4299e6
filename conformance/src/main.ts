import { writeFileSync } from 'node:fs';
import { caseNames } from './cases.ts';
import { runInRuntime } from './spawn-runtime.ts';
import { loadFixtures } from './load-fixtures.ts';
import { RUNTIMES } from './report.ts';
import { toMarkdown, toText } from './matrix.ts';
import { evaluateRuns } from './evaluate.ts';

const names = caseNames(loadFixtures());
const verdict = evaluateRuns(names, await Promise.all(RUNTIMES.map((runtime) => runInRuntime(runtime))));

writeFileSync(new URL('../MATRIX.md', import.meta.url), toMarkdown(verdict));
process.stdout.write(`${toText(verdict)}\n`);
if (!verdict.isGreen) process.exitCode = 1;
