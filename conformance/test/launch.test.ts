import { expect, test } from 'vitest';
import { runInRuntime } from '../src/spawn-runtime.ts';

test('a runner that cannot be started is a fault, never silence', async () => {
  expect(await runInRuntime('deno', ['/nowhere/deno'])).toMatchObject({
    runtime: 'deno',
    fault: expect.any(String),
  });
});

test('a runner that ends badly or prints something else is a fault', async () => {
  const crash = [process.execPath, '--eval', 'process.exitCode = 3'] as const;
  const chatter = [process.execPath, '--eval', 'console.log("ready")'] as const;
  expect(await runInRuntime('bun', crash)).toMatchObject({
    fault: expect.stringContaining('Command failed'),
  });
  expect(await runInRuntime('bun', chatter)).toMatchObject({
    fault: expect.stringContaining('no JSON document: ready'),
  });
});

test('a runner on another runtime than its own is a fault', async () => {
  expect(await runInRuntime('bun', [process.execPath])).toMatchObject({
    fault: expect.stringContaining('This is not bun.'),
  });
});

test('a core that is not the built one is a fault', async () => {
  const fromSource = await runInRuntime('node', [process.execPath, '--conditions=source']);
  expect(fromSource).toMatchObject({ fault: expect.stringContaining('not the built package') });
});
