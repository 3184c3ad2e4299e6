import { expect, it } from 'vitest';
import { makeClock } from '../clock.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing } from '../support/recording.ts';

it('a stored 404 has its age and the date on which it was made', async () => {
  const clock = makeClock();
  const edge = createTestEdge(findNothing, {}, { now: clock.now, sleep: clock.sleep });
  const first = await edge.request();
  clock.skip(7_000);
  const stored = await edge.request();
  expect(stored.headers.get('Cache-Status')).toContain('; hit');
  expect(stored.headers.get('Age')).toBe('7');
  expect(stored.headers.get('Date')).toBe(first.headers.get('Date'));
  expect(edge.reads).toHaveLength(1);
});
