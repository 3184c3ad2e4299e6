import * as core from '@room-recordings/core';
import { runOn } from '../run.ts';

await runOn('deno', core);
