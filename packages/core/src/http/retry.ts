import { RecordingsError } from '../errors.ts';
import type { Deadline } from './deadline.ts';

/** The statuses of responses that may be retried. Cloudflare sends 520 to 530 if it cannot reach the origin. */
export const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([
  408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530,
]);

const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;

/**
 * Reads, and after a fault that is safe to repeat reads again, at most `retries` times and within the deadline.
 *
 * @param isLasting tells of a fault that a further try would meet again.
 */
export async function withRetry<T>(
  read: () => Promise<T>,
  retries: number,
  deadline: Deadline,
  isLasting: (fault: RecordingsError) => boolean,
): Promise<T> {
  for (let left = retries; ; left -= 1) {
    try {
      return await read();
    } catch (fault) {
      if (left <= 0 || !(fault instanceof RecordingsError) || !isSafeToRepeat(fault) || isLasting(fault))
        throw fault;
      const ms = pauseBefore(fault);
      if (ms >= deadline.remaining()) throw fault;
      await deadline.pause(ms);
    }
  }
}

/** A network fault with a status broke off after the answer had begun: the next one would too. */
function isSafeToRepeat({ code, status }: RecordingsError): boolean {
  return status === undefined ? code === 'network' : RETRYABLE_STATUSES.has(status);
}

/** Milliseconds: what the server asked for, or a jittered moment. */
function pauseBefore({ retryAfter }: RecordingsError): number {
  if (retryAfter !== undefined) return retryAfter * 1000;
  return SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
}

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
