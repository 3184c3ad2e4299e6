import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { runProgram, RUNTIMES } from '../runtime-program.ts';
import { KEEPERS, measureKept } from './kept.ts';

setFlagsFromString('--expose-gc');
const gc: unknown = runInNewContext('gc');

function heapUsed(): number {
  if (typeof gc !== 'function') throw new Error('The flag of V8 gives a collector.');
  for (let round = 0; round < 3; round += 1) gc();
  const { heapUsed: bytes, external } = process.memoryUsage();
  return bytes + external;
}

describe.each(KEEPERS)('$sent', ({ name, maxBytes }) => {
  it(`keep less than ${maxBytes / 1_000_000} MB on Node`, async () => {
    expect(await measureKept(name, heapUsed)).toBeLessThan(maxBytes);
  });

  it.each(RUNTIMES)(`keep less than ${maxBytes / 1_000_000} MB on %s`, async (runtime) => {
    const environment = { DENO_V8_FLAGS: '--expose-gc' };
    expect(await runProgram(runtime, 'memory/run.ts', name, 60_000, environment)).toBeLessThan(maxBytes);
  });
});
