import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfter } from '../../src/http/retry.ts';

const NOW = Date.UTC(2015, 6, 30, 20, 0, 0);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('readRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120],
    ['007', 7],
    ['9999999999', 9_999_999_999],
  ])('reads %s as seconds', (value, seconds) => {
    expect(parseRetryAfter(value, NOW)).toBe(seconds);
  });

  // The last form names no zone, and means UTC whatever the zone of this machine is.
  it.each(['UTC', 'America/New_York', 'Asia/Kolkata'])(
    'reads each form of a date as seconds in %s',
    (zone) => {
      vi.stubEnv('TZ', zone);
      expect(parseRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW)).toBe(90);
      expect(parseRetryAfter('Thursday, 30-Jul-15 20:01:30 GMT', NOW)).toBe(90);
      expect(parseRetryAfter('Thu Jul 30 20:01:30 2015', NOW)).toBe(90);
      expect(parseRetryAfter('Sun Aug  2 20:00:00 2015', NOW)).toBe(3 * 24 * 60 * 60);
    },
  );

  it('rounds a part of a second up, so that no call comes early', () => {
    expect(parseRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW + 1)).toBe(90);
    expect(parseRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW - 1)).toBe(91);
  });

  it('reads a date that has passed as no wait', () => {
    expect(parseRetryAfter('Thu, 30 Jul 2015 19:00:00 GMT', NOW)).toBe(0);
  });

  it.each([
    ['a missing header', null],
    ['an empty one', ''],
    ['a word', 'soon'],
    ['a negative number', '-5'],
    ['a part of a second', '1.5'],
    ['a date that is not of HTTP', '2015-07-30T20:01:30Z'],
    ['a weekday alone', 'Thu, soon'],
    ['a weekday and a number', 'Mon, 5'],
    ['a date with another zone', 'Thu, 30 Jul 2015 20:01:30 +0200'],
    ['more digits than any wait has', '99999999999'],
  ])('knows no wait for %s', (_what, value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });
});
