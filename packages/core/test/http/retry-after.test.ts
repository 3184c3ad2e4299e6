import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfter } from '../../src/http/retry.ts';

const NOW = Date.UTC(2015, 6, 30, 20, 0, 0);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('`parseRetryAfter()`', () => {
  it.each([
    { value: '0', seconds: 0 },
    { value: '120', seconds: 120 },
    { value: '007', seconds: 7 },
    { value: '9999999999', seconds: 9_999_999_999 },
  ])('parses $value as seconds', ({ value, seconds }) => {
    expect(parseRetryAfter(value, NOW)).toBe(seconds);
  });

  // The last format has no zone and means UTC in every zone of the machine.
  it.each(['UTC', 'America/New_York', 'Asia/Kolkata'])(
    'parses each date format of HTTP in the time zone %s',
    (zone) => {
      vi.stubEnv('TZ', zone);
      expect(parseRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW)).toBe(90);
      expect(parseRetryAfter('Thursday, 30-Jul-15 20:01:30 GMT', NOW)).toBe(90);
      expect(parseRetryAfter('Thu Jul 30 20:01:30 2015', NOW)).toBe(90);
      expect(parseRetryAfter('Sun Aug  2 20:00:00 2015', NOW)).toBe(3 * 24 * 60 * 60);
    },
  );

  it('rounds fractions of a second up, so that no request is early', () => {
    expect(parseRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW + 1)).toBe(90);
    expect(parseRetryAfter('Thu, 30 Jul 2015 20:01:30 GMT', NOW - 1)).toBe(91);
  });

  it('returns 0 for a past date', () => {
    expect(parseRetryAfter('Thu, 30 Jul 2015 19:00:00 GMT', NOW)).toBe(0);
  });

  it.each([
    { name: 'a missing header', value: null },
    { name: 'an empty header', value: '' },
    { name: 'a word', value: 'soon' },
    { name: 'a negative number', value: '-5' },
    { name: 'a fraction of a second', value: '1.5' },
    { name: 'a date that is not of HTTP', value: '2015-07-30T20:01:30Z' },
    { name: 'a weekday alone', value: 'Thu, soon' },
    { name: 'a weekday and a number', value: 'Mon, 5' },
    { name: 'a date with another zone', value: 'Thu, 30 Jul 2015 20:01:30 +0200' },
    { name: 'more than 10 digits', value: '99999999999' },
  ])('returns undefined for $name', ({ value }) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });
});
