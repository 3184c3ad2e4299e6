import { expect, inject, test } from 'vitest';
import { wireCases } from './cases.ts';

test('the cases over a socket run in workerd', () => {
  expect(navigator.userAgent).toBe('Cloudflare-Workers');
});

test.each(wireCases(inject('wireOrigin')))('in workerd, $name', async ({ run }) => {
  await run();
});
