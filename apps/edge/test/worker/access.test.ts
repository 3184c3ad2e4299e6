import { expect, it } from 'vitest';
import { EXPECTED, tellOutcomes } from '../access/runtime-cases.ts';

it('decides access in workerd as everywhere', async () => {
  expect(await tellOutcomes()).toEqual(EXPECTED);
});
