import { writeFileSync } from 'node:fs';
import { caseNames } from './cases.ts';
import { evaluateRuns } from './evaluate.ts';
import { loadFixtures } from './load-fixtures.ts';
import { toMarkdown, toText } from './matrix.ts';
import { RUNTIMES } from './report.ts';
import { runInRuntime } from './spawn-runtime.ts';

const names = caseNames(loadFixtures());
const result = evaluateRuns(names, await Promise.all(RUNTIMES.map((runtime) => runInRuntime(runtime))));

writeFileSync(new URL('../MATRIX.md', import.meta.url), toMarkdown(result));
process.stdout.write(`${toText(result)}\n`);
if (!result.isGreen) process.exitCode = 1;
