import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { CACHE_FILLS, measureRetained } from './retained-memory.ts';

setFlagsFromString('--expose-gc');
Object.assign(globalThis, { gc: runInNewContext('gc') });

describe.each(CACHE_FILLS)('$requests', ({ name, maxBytes }) => {
  it(`use less than ${maxBytes / 1_000_000} MB of heap on Node`, async () => {
    expect(await measureRetained(name)).toBeLessThan(maxBytes);
  });

  it.each(RUNTIMES)(`use less than ${maxBytes / 1_000_000} MB of heap on %s`, async (runtime) => {
    const module = new URL('retained-memory.ts', import.meta.url);
    const environment = { DENO_V8_FLAGS: '--expose-gc' };
    expect(await callOnRuntime(runtime, module, measureRetained, [name], { environment })).toBeLessThan(
      maxBytes,
    );
  });
});
