const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const LONG_DAY = `${DAY}[a-z]*day`;
const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const MONTH = `(?<month>${MONTHS})`;
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

/** IMF-fixdate and the two obsolete formats that a recipient must accept, case-insensitive. */
const FORMATS = [
  new RegExp(String.raw`^${DAY}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} gmt$`, 'i'),
  new RegExp(String.raw`^${LONG_DAY}, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} gmt$`, 'i'),
  new RegExp(String.raw`^${DAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`, 'i'),
];

const FIFTY_YEARS = 50;

/**
 * Parses an HTTP-date (RFC 9110 §5.6.7) strictly. Other zones, spaces, dashes or digits are invalid, because a guessed date could
 * keep a response that must expire.
 *
 * @param now milliseconds since 1970, for two-digit years.
 * @returns milliseconds since 1970; NaN for invalid text.
 */
export function parseHttpDate(text: string, now: number): number {
  for (const format of FORMATS) {
    const parts = format.exec(text)?.groups;
    if (parts !== undefined) return toTimestamp(parts, now);
  }
  return NaN;
}

function toTimestamp(parts: Readonly<Record<string, string | undefined>>, now: number): number {
  const number = (name: string): number => Number(parts[name]);
  const month = MONTHS.indexOf(String(parts['month']).toLowerCase()) / 4;
  const [day, hour, minute, second] = [number('day'), number('hour'), number('minute'), number('second')];
  let year = number('year');
  // A two-digit year more than 50 years ahead is the most recent past year with these digits.
  if (parts['year']?.length === 2) {
    const thisYear = new Date(now).getUTCFullYear();
    year += thisYear - (thisYear % 100);
    if (year > thisYear + FIFTY_YEARS) year -= 100;
  }
  // Second 60 is a leap second. A clock without leap seconds counts it as the next minute.
  if (hour > 23 || minute > 59 || second > 60) return NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getUTCDate() === day ? date.setUTCHours(hour, minute, second) : NaN;
}
