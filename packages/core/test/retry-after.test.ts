import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '../src/retry-after.ts';

const NOW = Date.UTC(2015, 6, 30, 20, 0, 0);

describe('readRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120],
    ['007', 7],
    ['9999999999', 9_999_999_999],
  ])('reads %s as seconds', (value, seconds) => {
    expect(readRetryAfter(value, NOW)).toBe(seconds);
  });

  it.each(['Thu, 30 Jul 2015 20:01:30 GMT', 'Thursday, 30-Jul-15 20:01:30 GMT'])(
    'reads the date %s as seconds from now',
    (date) => {
      expect(readRetryAfter(date, NOW)).toBe(90);
    },
  );

  it('rounds a part of a second up, so that no call comes early', () => {
    expect(readRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW + 1)).toBe(90);
    expect(readRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW - 1)).toBe(91);
  });

  it('reads a date that has passed as no wait', () => {
    expect(readRetryAfter('Thu, 30 Jul 2015 19:00:00 GMT', NOW)).toBe(0);
  });

  it.each([
    ['a missing header', null],
    ['an empty one', ''],
    ['a word', 'soon'],
    ['a negative number', '-5'],
    ['a part of a second', '1.5'],
    ['a date that is not of HTTP', '2015-07-30T20:01:30Z'],
    ['a weekday alone', 'Thu, soon'],
    ['more digits than any wait has', '99999999999'],
  ])('knows no wait for %s', (_what, value) => {
    expect(readRetryAfter(value, NOW)).toBeUndefined();
  });
});
