import { describe, expect, it } from 'vitest';
import { isDateTime } from '../../src/recording/date-time.ts';

describe('`isDateTime()`', () => {
  it.each([
    { name: 'whole seconds in UTC', text: '2015-07-30T20:00:00Z' },
    { name: 'microseconds', text: '2020-08-20T01:42:05.839174Z' },
    { name: 'one decimal', text: '2020-08-20T01:42:05.8Z' },
    { name: 'nine decimals', text: '2020-08-20T01:42:05.839174123Z' },
    { name: 'ten decimals', text: '2020-08-20T01:42:05.0123456789Z' },
    { name: 'a thousand decimals', text: `2020-08-20T01:42:05.${'0123456789'.repeat(100)}Z` },
    { name: 'a lower-case t and z', text: '2020-08-20t01:42:05z' },
    { name: 'a lower-case t and an offset', text: '2020-08-20t01:42:05+05:30' },
    { name: 'an unknown offset', text: '2020-08-20T01:42:05-00:00' },
    { name: 'an offset ahead', text: '2020-08-20T01:42:05+05:30' },
    { name: 'an offset behind', text: '2020-08-20T01:42:05-08:00' },
    { name: 'the largest offset', text: '2020-08-20T01:42:05+23:59' },
    { name: 'the first second of a day', text: '2020-01-01T00:00:00Z' },
    { name: 'the last second of a year', text: '2020-12-31T23:59:59Z' },
    { name: 'February 29 of a leap year', text: '2024-02-29T00:00:00Z' },
    { name: 'February 29 of a year divisible by 400', text: '2000-02-29T00:00:00Z' },
  ])('accepts $name', ({ text }) => {
    expect(isDateTime(text)).toBe(true);
  });

  it.each([
    { name: 'January', month: '01', days: 31 },
    { name: 'February', month: '02', days: 28 },
    { name: 'March', month: '03', days: 31 },
    { name: 'April', month: '04', days: 30 },
    { name: 'May', month: '05', days: 31 },
    { name: 'June', month: '06', days: 30 },
    { name: 'July', month: '07', days: 31 },
    { name: 'August', month: '08', days: 31 },
    { name: 'September', month: '09', days: 30 },
    { name: 'October', month: '10', days: 31 },
    { name: 'November', month: '11', days: 30 },
    { name: 'December', month: '12', days: 31 },
  ])('rejects the day after the last day of $name', ({ month, days }) => {
    expect(isDateTime(`2023-${month}-${days}T12:00:00Z`)).toBe(true);
    expect(isDateTime(`2023-${month}-${days + 1}T12:00:00Z`)).toBe(false);
  });

  it.each([
    { name: 'February 29 of a common year', text: '2023-02-29T00:00:00Z' },
    { name: 'February 29 of a century', text: '1900-02-29T00:00:00Z' },
    { name: 'February 30 of a leap year', text: '2024-02-30T00:00:00Z' },
    { name: 'day 0', text: '2015-07-00T20:00:00Z' },
    { name: 'month 0', text: '2015-00-30T20:00:00Z' },
    { name: 'month 13', text: '2015-13-30T20:00:00Z' },
    { name: 'hour 24', text: '2015-07-30T24:00:00Z' },
    { name: 'minute 60', text: '2015-07-30T20:60:00Z' },
    { name: 'second 60', text: '2015-07-30T20:00:60Z' },
    { name: 'an offset of 24 hours', text: '2015-07-30T20:00:00+24:00' },
    { name: 'an offset of 60 minutes', text: '2015-07-30T20:00:00+00:60' },
    { name: 'no zone', text: '2015-07-30T20:00:00' },
    { name: 'an offset without a colon', text: '2015-07-30T20:00:00+0530' },
    { name: 'a space for T', text: '2015-07-30 20:00:00Z' },
    { name: 'no seconds', text: '2015-07-30T20:00Z' },
    { name: 'a point without decimals', text: '2015-07-30T20:00:00.Z' },
    { name: 'second 61', text: '2016-12-31T23:59:61Z' },
    { name: 'a lower-case offset letter', text: '2015-07-30T20:00:00utc' },
    { name: 'a date alone', text: '2015-07-30' },
    { name: 'two digits of a year', text: '15-07-30T20:00:00Z' },
    { name: 'text before it', text: 'at 2015-07-30T20:00:00Z' },
    { name: 'a line break after it', text: '2015-07-30T20:00:00Z\n' },
    { name: 'a date of RFC 2822', text: 'Thu, 30 Jul 2015 20:00:00 +0000' },
    { name: 'an empty string', text: '' },
  ])('rejects $name', ({ text }) => {
    expect(isDateTime(text)).toBe(false);
  });
});

describe('`isDateTime()` with second 60', () => {
  // The list of leap seconds that the IERS publishes.
  const june = [1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015];
  const december = [...range(1972, 1979), 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016];

  it('accepts the end of June and of December in the years with a leap second only', () => {
    const isLeapSecond = (day: string) => (year: number) => isDateTime(`${year}-${day}T23:59:60Z`);
    const years = range(1900, 2100);
    expect(years.filter(isLeapSecond('06-30'))).toEqual(june);
    expect(years.filter(isLeapSecond('12-31'))).toEqual(december);
    expect(june.length + december.length).toBe(27);
  });

  it('rejects every other day of these years', () => {
    const days = range(1, 12).flatMap((month) => range(1, 31).map((day) => `${pad(month)}-${pad(day)}`));
    const found = new Set(
      [...june, ...december].flatMap((year) => days.filter((day) => isDateTime(`${year}-${day}T23:59:60Z`))),
    );
    expect([...found].toSorted()).toEqual(['06-30', '12-31']);
  });

  it.each([
    { name: 'with decimals', text: '2016-12-31T23:59:60.123456Z' },
    { name: 'in lower case', text: '2016-12-31t23:59:60z' },
    { name: 'in Paris', text: '2017-01-01T00:59:60+01:00' },
    { name: 'in New York', text: '2016-12-31T18:59:60-05:00' },
    { name: 'in Kathmandu', text: '2017-01-01T05:44:60+05:45' },
    { name: 'in California, the example of RFC 3339', text: '1990-12-31T15:59:60-08:00' },
    { name: 'in the largest offset', text: '2017-01-01T23:58:60+23:59' },
    { name: 'in an unknown offset', text: '2016-12-31T23:59:60-00:00' },
  ])('accepts a leap second $name', ({ text }) => {
    expect(isDateTime(text)).toBe(true);
  });

  it.each([
    { name: 'at another minute', text: '2016-12-31T23:58:60Z' },
    { name: 'at another hour', text: '2016-12-31T22:59:60Z' },
    { name: 'at midnight of local time', text: '2016-12-31T23:59:60+01:00' },
    { name: 'an hour off in New York', text: '2016-12-31T19:59:60-05:00' },
    { name: 'with the opposite sign of the offset', text: '2016-12-31T22:59:60+01:00' },
    { name: 'two thousand years before 1972', text: '0072-06-30T23:59:60Z' },
    { name: 'before the first year', text: '0000-01-01T00:00:60+23:59' },
    { name: 'on a day that does not exist', text: '1972-06-31T23:59:60Z' },
  ])('rejects a time $name', ({ text }) => {
    expect(isDateTime(text)).toBe(false);
  });
});

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
