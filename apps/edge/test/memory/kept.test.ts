import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { KEEPERS, measureKept } from './kept.ts';

setFlagsFromString('--expose-gc');
Object.assign(globalThis, { gc: runInNewContext('gc') });

describe.each(KEEPERS)('$sent', ({ name, maxBytes }) => {
  it(`keep less than ${maxBytes / 1_000_000} MB on Node`, async () => {
    expect(await measureKept(name)).toBeLessThan(maxBytes);
  });

  it.each(RUNTIMES)(`keep less than ${maxBytes / 1_000_000} MB on %s`, async (runtime) => {
    const module = new URL('kept.ts', import.meta.url);
    const environment = { DENO_V8_FLAGS: '--expose-gc' };
    expect(await callOnRuntime(runtime, module, measureKept, [name], { environment })).toBeLessThan(maxBytes);
  });
});
