import { expect, test } from 'vitest';
import { runInRuntime } from '../src/spawn-runtime.ts';

test('a runner that cannot be started is an error', async () => {
  expect(await runInRuntime('deno', ['/nowhere/deno'])).toMatchObject({
    runtime: 'deno',
    error: expect.any(String),
  });
});

test('a runner that fails or prints other output is an error', async () => {
  const crash = [process.execPath, '--eval', 'process.exitCode = 3'] as const;
  const otherOutput = [process.execPath, '--eval', 'console.log("ready")'] as const;
  expect(await runInRuntime('bun', crash)).toMatchObject({
    error: expect.stringContaining('Command failed'),
  });
  expect(await runInRuntime('bun', otherOutput)).toMatchObject({
    error: expect.stringContaining('is not JSON: ready'),
  });
});

test('a runner on another runtime is an error', async () => {
  expect(await runInRuntime('bun', [process.execPath])).toMatchObject({
    error: expect.stringContaining('must run on bun.'),
  });
});

test('a core that is not the built package is an error', async () => {
  const fromSource = await runInRuntime('node', [process.execPath, '--conditions=source']);
  expect(fromSource).toMatchObject({ error: expect.stringContaining('must use the built package') });
});
