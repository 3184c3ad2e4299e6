import { MAX_DELTA_SECONDS, parseDeltaSeconds } from './delta-seconds.ts';
import type { StoredResponse } from './entry.ts';

/** When a request went out and when its answer came, milliseconds. */
export interface RequestTiming {
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** The seconds that Age says (RFC 9111 §5.1): of a list or several lines the first, and 0 for what is no number. */
function parseAge(text: string | null): number {
  const [first = ''] = (text ?? '').split(',');
  return parseDeltaSeconds(first.trim()) || 0;
}

/**
 * How old an answer was when it came, seconds: its Age and the whole time the exchange took (RFC 9111 §4.2.3,
 * corrected_age_value, which may be used alone). The upstream's Date plays no part: one clock, this cache's own.
 */
export function correctedInitialAge(age: string | null, { sentAt, receivedAt }: RequestTiming): number {
  return parseAge(age) + Math.max(0, receivedAt - sentAt) / 1000;
}

/** How old a stored answer is now, seconds, not rounded (RFC 9111 §4.2.3, current_age); `now` is milliseconds. */
export function currentAge(stored: StoredResponse, now: number): number {
  return Math.min(MAX_DELTA_SECONDS, stored.initialAge + Math.max(0, now - stored.storedAt) / 1000);
}

/** Whether it may be used without asking: at equality it may not (RFC 9111 §4.2). */
export function isFresh(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime;
}

/** Whether it may be served while it is refreshed (RFC 5861 §3); seconds, counted from when it turned stale. */
export function isWithinStaleWhileRevalidate(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime + stored.staleWhileRevalidate;
}

/** Whether it may be served instead of an error (RFC 5861 §4); seconds, counted from when it turned stale. */
export function isWithinStaleIfError(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime + stored.staleIfError;
}
