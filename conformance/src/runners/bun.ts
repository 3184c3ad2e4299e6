import * as core from '@room-recordings/core';
import { runSuiteAndReport } from '../run.ts';

await runSuiteAndReport('bun', core);
