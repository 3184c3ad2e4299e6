import type { RangePlan } from '@room-recordings/matroska';
import { expect, it } from 'vitest';
import { createRangeReader } from '../../src/media/range-reader.ts';

const PIECES = 1000;

/** A plan that makes many pieces of its end, as a WAV does for a long mute, and counts them. */
function createLongPlan(): { readonly plan: RangePlan; readonly countMade: () => number } {
  let made = 0;
  function* finish(): Generator<Uint8Array<ArrayBuffer>> {
    for (; made < PIECES;) {
      made += 1;
      yield new Uint8Array(made % 2 === 0 ? 0 : 10);
    }
  }
  const plan = { prefix: new Uint8Array(0), source: null, push: () => [], finish };
  return { plan, countMade: () => made };
}

it('a range reader makes the pieces of a plan as its consumer reads them', async () => {
  const { plan, countMade } = createLongPlan();
  const ends: unknown[] = [];
  const reader = createRangeReader({
    plan,
    stored: null,
    reopen: undefined,
    onRead: () => {},
    onEnd: (error) => ends.push(error),
  });
  expect((await reader.read())?.byteLength).toBe(10);
  expect(countMade()).toBe(1);
  let length = 10;
  for (let piece = await reader.read(); piece !== undefined; piece = await reader.read()) {
    length += piece.byteLength;
  }
  expect(length).toBe((PIECES / 2) * 10);
  expect(ends).toEqual([undefined]);
});
