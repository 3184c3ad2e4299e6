/** The three forms of a date in HTTP, the last without a zone; Date.parse alone reads a year into almost anything. */
const ZONED =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d) \d\d:\d\d:\d\d GMT$/;
const UNZONED = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * Reads Retry-After, which is seconds or a date, as whole seconds from now; undefined for anything else.
 *
 * @param now milliseconds since 1970.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,10}$/.test(value)) return Number(value);
  const date = readDate(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** Milliseconds since 1970. */
function readDate(value: string): number {
  if (ZONED.test(value)) return Date.parse(value);
  return UNZONED.test(value) ? Date.parse(`${value} GMT`) : Number.NaN;
}
