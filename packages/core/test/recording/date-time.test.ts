import { describe, expect, it } from 'vitest';
import { isDateTime } from '../../src/recording/date-time.ts';

describe('isInstant', () => {
  it.each([
    ['whole seconds in UTC', '2015-07-30T20:00:00Z'],
    ['microseconds', '2020-08-20T01:42:05.839174Z'],
    ['one decimal', '2020-08-20T01:42:05.8Z'],
    ['nine decimals', '2020-08-20T01:42:05.839174123Z'],
    ['ten decimals', '2020-08-20T01:42:05.0123456789Z'],
    ['a thousand decimals', `2020-08-20T01:42:05.${'0123456789'.repeat(100)}Z`],
    ['a lower-case t and z', '2020-08-20t01:42:05z'],
    ['a lower-case t and an offset', '2020-08-20t01:42:05+05:30'],
    ['an offset that is unknown', '2020-08-20T01:42:05-00:00'],
    ['an offset ahead', '2020-08-20T01:42:05+05:30'],
    ['an offset behind', '2020-08-20T01:42:05-08:00'],
    ['the largest offset', '2020-08-20T01:42:05+23:59'],
    ['the first second of a day', '2020-01-01T00:00:00Z'],
    ['the last second of a year', '2020-12-31T23:59:59Z'],
    ['February 29 of a leap year', '2024-02-29T00:00:00Z'],
    ['February 29 of a year divisible by 400', '2000-02-29T00:00:00Z'],
  ])('accepts %s', (_what, text) => {
    expect(isDateTime(text)).toBe(true);
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
    expect(isDateTime(`2023-${month}-${days}T12:00:00Z`)).toBe(true);
    expect(isDateTime(`2023-${month}-${days + 1}T12:00:00Z`)).toBe(false);
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
    ['second 61', '2016-12-31T23:59:61Z'],
    ['a lower-case offset letter', '2015-07-30T20:00:00utc'],
    ['a date alone', '2015-07-30'],
    ['two digits of a year', '15-07-30T20:00:00Z'],
    ['text before it', 'at 2015-07-30T20:00:00Z'],
    ['a line break after it', '2015-07-30T20:00:00Z\n'],
    ['a date of RFC 2822', 'Thu, 30 Jul 2015 20:00:00 +0000'],
    ['an empty text', ''],
  ])('refuses %s', (_what, text) => {
    expect(isDateTime(text)).toBe(false);
  });
});

describe('a second 60', () => {
  // From the list of leap seconds that the IERS publishes.
  const june = [1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015];
  const december = [...range(1972, 1979), 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016];

  it('exists at the end of June and of December in the years that had a leap second, and in no other', () => {
    const isLeapSecond = (day: string) => (year: number) => isDateTime(`${year}-${day}T23:59:60Z`);
    const years = range(1900, 2100);
    expect(years.filter(isLeapSecond('06-30'))).toEqual(june);
    expect(years.filter(isLeapSecond('12-31'))).toEqual(december);
    expect(june.length + december.length).toBe(27);
  });

  it('exists on no other day of any of these years', () => {
    const days = range(1, 12).flatMap((month) => range(1, 31).map((day) => `${pad(month)}-${pad(day)}`));
    const found = new Set(
      [...june, ...december].flatMap((year) => days.filter((day) => isDateTime(`${year}-${day}T23:59:60Z`))),
    );
    expect([...found].toSorted()).toEqual(['06-30', '12-31']);
  });

  it.each([
    { where: 'with decimals', text: '2016-12-31T23:59:60.123456Z' },
    { where: 'in lower case', text: '2016-12-31t23:59:60z' },
    { where: 'in Paris', text: '2017-01-01T00:59:60+01:00' },
    { where: 'in New York', text: '2016-12-31T18:59:60-05:00' },
    { where: 'in Kathmandu', text: '2017-01-01T05:44:60+05:45' },
    { where: 'in California, as RFC 3339 has it', text: '1990-12-31T15:59:60-08:00' },
    { where: 'in the largest offset', text: '2017-01-01T23:58:60+23:59' },
    { where: 'in an unknown offset', text: '2016-12-31T23:59:60-00:00' },
  ])('exists $where', ({ text }) => {
    expect(isDateTime(text)).toBe(true);
  });

  it.each([
    { where: 'at another minute', text: '2016-12-31T23:58:60Z' },
    { where: 'at another hour', text: '2016-12-31T22:59:60Z' },
    { where: 'at midnight of local time', text: '2016-12-31T23:59:60+01:00' },
    { where: 'an hour off in New York', text: '2016-12-31T19:59:60-05:00' },
    { where: 'with the sign of the offset turned', text: '2016-12-31T22:59:60+01:00' },
    { where: 'two thousand years before 1972', text: '0072-06-30T23:59:60Z' },
    { where: 'before the first year', text: '0000-01-01T00:00:60+23:59' },
    { where: 'on a day that does not exist', text: '1972-06-31T23:59:60Z' },
  ])('does not exist $where', ({ text }) => {
    expect(isDateTime(text)).toBe(false);
  });
});

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
