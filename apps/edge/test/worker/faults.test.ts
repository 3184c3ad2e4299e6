import { inject, test } from 'vitest';
import { CASES } from '../faults/cases.ts';

const addresses = inject('addresses');

test.each(CASES)('$name', async ({ run }) => {
  await run({ addresses, isWorkerd: true });
});
