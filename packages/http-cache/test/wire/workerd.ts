import { expect, inject, test } from 'vitest';
import { wireCases } from './cases.ts';

test('runs in workerd', () => {
  expect(navigator.userAgent).toBe('Cloudflare-Workers');
});

test.each(wireCases(inject('wireOrigin')))('$name', async ({ run }) => {
  await run();
});
