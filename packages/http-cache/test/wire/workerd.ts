import { expect, inject, test } from 'vitest';
import { wireCases } from './cases.ts';

test('the tests of this file run in workerd', () => {
  expect(navigator.userAgent).toBe('Cloudflare-Workers');
});

test.each(wireCases(inject('wireOrigin')))('$name', async ({ run }) => {
  await run();
});
