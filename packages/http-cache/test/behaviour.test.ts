import { expect, test } from 'vitest';
import { BEHAVIOUR } from './behaviour/index.ts';

test('every behaviour has a name of its own', () => {
  const names = BEHAVIOUR.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(BEHAVIOUR)('$name', async ({ run }) => {
  await run();
});
