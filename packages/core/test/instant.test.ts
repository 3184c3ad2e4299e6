import { describe, expect, it } from 'vitest';
import { isInstant } from '../src/instant.ts';

describe('isInstant', () => {
  it.each([
    ['whole seconds in UTC', '2015-07-30T20:00:00Z'],
    ['microseconds', '2020-08-20T01:42:05.839174Z'],
    ['one decimal', '2020-08-20T01:42:05.8Z'],
    ['nine decimals', '2020-08-20T01:42:05.839174123Z'],
    ['an offset ahead', '2020-08-20T01:42:05+05:30'],
    ['an offset behind', '2020-08-20T01:42:05-08:00'],
    ['the largest offset', '2020-08-20T01:42:05+23:59'],
    ['the first second of a day', '2020-01-01T00:00:00Z'],
    ['the last second of a year', '2020-12-31T23:59:59Z'],
    ['February 29 of a leap year', '2024-02-29T00:00:00Z'],
    ['February 29 of a year divisible by 400', '2000-02-29T00:00:00Z'],
  ])('accepts %s', (_what, text) => {
    expect(isInstant(text)).toBe(true);
  });

  it.each([
    ['January', '01', 31],
    ['February', '02', 28],
    ['March', '03', 31],
    ['April', '04', 30],
    ['May', '05', 31],
    ['June', '06', 30],
    ['July', '07', 31],
    ['August', '08', 31],
    ['September', '09', 30],
    ['October', '10', 31],
    ['November', '11', 30],
    ['December', '12', 31],
  ])('ends %s after its last day', (_name, month, days) => {
    expect(isInstant(`2023-${month}-${days}T12:00:00Z`)).toBe(true);
    expect(isInstant(`2023-${month}-${days + 1}T12:00:00Z`)).toBe(false);
  });

  it.each([
    ['February 29 of a common year', '2023-02-29T00:00:00Z'],
    ['February 29 of a century', '1900-02-29T00:00:00Z'],
    ['February 30 of a leap year', '2024-02-30T00:00:00Z'],
    ['day 0', '2015-07-00T20:00:00Z'],
    ['month 0', '2015-00-30T20:00:00Z'],
    ['month 13', '2015-13-30T20:00:00Z'],
    ['hour 24', '2015-07-30T24:00:00Z'],
    ['minute 60', '2015-07-30T20:60:00Z'],
    ['second 60', '2015-07-30T20:00:60Z'],
    ['an offset of 24 hours', '2015-07-30T20:00:00+24:00'],
    ['an offset of 60 minutes', '2015-07-30T20:00:00+00:60'],
    ['no zone', '2015-07-30T20:00:00'],
    ['an offset without a colon', '2015-07-30T20:00:00+0530'],
    ['a space for T', '2015-07-30 20:00:00Z'],
    ['no seconds', '2015-07-30T20:00Z'],
    ['a point without decimals', '2015-07-30T20:00:00.Z'],
    ['ten decimals', '2015-07-30T20:00:00.0123456789Z'],
    ['a date alone', '2015-07-30'],
    ['two digits of a year', '15-07-30T20:00:00Z'],
    ['text before it', 'at 2015-07-30T20:00:00Z'],
    ['a line break after it', '2015-07-30T20:00:00Z\n'],
    ['a date of RFC 2822', 'Thu, 30 Jul 2015 20:00:00 +0000'],
    ['an empty text', ''],
  ])('refuses %s', (_what, text) => {
    expect(isInstant(text)).toBe(false);
  });
});
