import { expect, test } from 'vitest';
import { BEHAVIOUR } from './behaviour/index.ts';

test('every behaviour case has a unique name', () => {
  const names = BEHAVIOUR.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(BEHAVIOUR)('on Node, $name', async ({ run }) => {
  await run();
});
