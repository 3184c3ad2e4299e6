const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const LONG_DAY = `${DAY}[a-z]*day`;
const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const MONTH = `(?<month>${MONTHS})`;
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

/** IMF-fixdate, and the two obsolete forms that a recipient must accept; upper and lower case alike. */
const FORMS = [
  new RegExp(String.raw`^${DAY}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} gmt$`, 'i'),
  new RegExp(String.raw`^${LONG_DAY}, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} gmt$`, 'i'),
  new RegExp(String.raw`^${DAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`, 'i'),
];

const FIFTY_YEARS = 50;

/**
 * Reads an HTTP-date (RFC 9110 §5.6.7) to the letter: other zones, spaces, dashes or digits make no date, because a
 * cache that guesses keeps what it was told to let go. `now` and the result are milliseconds; NaN for no date.
 */
export function parseHttpDate(text: string, now: number): number {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return toInstant(parts, now);
  }
  return NaN;
}

function toInstant(parts: Readonly<Record<string, string | undefined>>, now: number): number {
  const number = (name: string): number => Number(parts[name]);
  const month = MONTHS.indexOf(String(parts['month']).toLowerCase()) / 4;
  const [day, hour, minute, second] = [number('day'), number('hour'), number('minute'), number('second')];
  let year = number('year');
  // A two-digit year more than 50 years ahead is the most recent one in the past with these digits.
  if (parts['year']?.length === 2) {
    const thisYear = new Date(now).getUTCFullYear();
    year += thisYear - (thisYear % 100);
    if (year > thisYear + FIFTY_YEARS) year -= 100;
  }
  // A second of 60 is a leap second, and the next minute to a clock that has none.
  if (hour > 23 || minute > 59 || second > 60) return NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getUTCDate() === day ? date.setUTCHours(hour, minute, second) : NaN;
}
