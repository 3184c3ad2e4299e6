const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * The years that had a leap second at the end of June or December, UTC: 27 in total.
 *
 * @see https://hpiers.obspm.fr/iers/bul/bulc/Leap_Second.dat
 */
const LEAP_SECONDS = {
  '06-30': [1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015],
  '12-31': [1972, 1973, 1974, 1975, 1976, 1977, 1978, 1979, 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016],
} as const;

const LEAP_MINUTES: ReadonlySet<string> = new Set(
  Object.entries(LEAP_SECONDS).flatMap(([day, years]) => years.map((year) => `${year}-${day}T23:59`)),
);

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

/** The length of `YYYY-MM-DDTHH:MM`. */
const MINUTE_LENGTH = 16;

/** Checks whether a second 60 is one of the 27 leap seconds, in any zone. */
function isLeapSecond(minute: string, offsetMinutes: number): boolean {
  const utc = new Date(Date.parse(`${minute.toUpperCase()}Z`) - offsetMinutes * 60_000);
  return LEAP_MINUTES.has(utc.toISOString().slice(0, MINUTE_LENGTH));
}

/**
 * Checks whether a text is an RFC 3339 date-time of an existing instant: June 31 does not exist.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function isDateTime(text: string): boolean {
  const match = DATE_TIME.exec(text);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [zoneHour, zoneMinute] = [Number(match[8] ?? 0), Number(match[9] ?? 0)];
  const isInRange =
    day >= 1 &&
    day <= daysIn(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60 &&
    zoneHour <= 23 &&
    zoneMinute <= 59;
  if (!isInRange || second < 60) return isInRange;
  const offset = zoneHour * 60 + zoneMinute;
  return isLeapSecond(text.slice(0, MINUTE_LENGTH), match[7] === '-' ? -offset : offset);
}
