import { RecordingsError } from '../errors.ts';
import type { Deadline } from './deadline.ts';

/** The statuses of responses that may be retried. Cloudflare sends 520 to 530 if it cannot reach the origin server. */
export const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([
  408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530,
]);

const MIN_DELAY_MS = 50;
const MAX_DELAY_MS = 250;

/**
 * Calls a function, and calls it again after a retryable error, until the deadline.
 *
 * @param attempt reads once.
 * @param retries the maximum number of further attempts.
 * @param isTransient returns false for an error that a retry would meet again.
 * @returns the result of the first successful attempt.
 * @throws the error of the last attempt.
 */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  retries: number,
  deadline: Deadline,
  isTransient: (error: RecordingsError) => boolean,
): Promise<T> {
  for (let left = retries; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0 || !(error instanceof RecordingsError) || !isTransient(error)) throw error;
      const ms = retryDelay(error);
      if (ms >= deadline.remaining()) throw error;
      await deadline.sleep(ms);
    }
  }
}

/** A network error with a status happened while the body was read: a retry would likely fail in the same way. */
export function isRetryable({ code, status }: RecordingsError): boolean {
  return status === undefined ? code === 'network' : RETRYABLE_STATUSES.has(status);
}

/** Returns the time that the server requires, or a random delay, in milliseconds. */
function retryDelay({ retryAfter }: RecordingsError): number {
  if (retryAfter !== undefined) return retryAfter * 1000;
  return MIN_DELAY_MS + Math.random() * (MAX_DELAY_MS - MIN_DELAY_MS);
}

/** The date formats of HTTP, the last of them without a zone. `Date.parse` alone finds a year in almost any text. */
const ZONED =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d) \d\d:\d\d:\d\d GMT$/;
const UNZONED = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * Parses a `Retry-After` header, which holds seconds or a date.
 *
 * @param now milliseconds since 1970.
 * @returns whole seconds from now; undefined for null and for any other value.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,10}$/.test(value)) return Number(value);
  const date = parseHttpDate(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** Parses a date of HTTP to milliseconds since 1970; NaN for any other text. */
function parseHttpDate(value: string): number {
  if (ZONED.test(value)) return Date.parse(value);
  return UNZONED.test(value) ? Date.parse(`${value} GMT`) : Number.NaN;
}
