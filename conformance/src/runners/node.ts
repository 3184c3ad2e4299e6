import * as core from '@room-recordings/core';
import { runSuiteAndReport } from '../runner.ts';

await runSuiteAndReport('node', core);
