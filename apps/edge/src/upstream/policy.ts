/**
 * How the edge treats Twilio. Everything is counted for each isolate or process by itself: an account that many of them
 * read gets as many times as much.
 */

/** Until the headers are there, milliseconds: `fetch` cannot tell DNS, connect, TLS and the first byte apart. */
export const HEADERS_MS = 5_000;

/** Between two pieces of a body, milliseconds. */
export const BODY_IDLE_MS = 3_000;

/** For a read with all its tries, milliseconds. */
export const DEADLINE_MS = 10_000;

/** A call of which nothing was heard for so long is counted no more, milliseconds. */
export const CALL_LOST_MS: number = DEADLINE_MS + 1_000;

/** A body after decoding, bytes: a recording has less than 2 KiB. */
export const MAX_BODY_BYTES = 1_048_576;

/** Statuses after which a read may be tried once more; 520 to 530 are Cloudflare's for an origin out of reach. */
export const SAFE_TO_REPEAT: ReadonlySet<number> = new Set([
  408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530,
]);

/** Before the second try, milliseconds, drawn between the two so that many edges do not come back at once. */
export const SHORTEST_PAUSE_MS = 50;
export const LONGEST_PAUSE_MS = 250;

/** Retries that may be made at once, and how many calls that went well earn one more: an outage earns none. */
export const MOST_RETRIES = 10;
export const CALLS_PER_RETRY = 4;

/** The longest that a Retry-After, or Twilio's refusal of the account (70005), stops all calls, seconds. */
export const LONGEST_PAUSE_SECONDS = 60;

/** After refused credentials, seconds: somebody has to act first. */
export const AUTH_PAUSE_SECONDS = 30;

/** Twilio's number for an account that kept asking for what is not there. */
export const ACCOUNT_REFUSED = 70005;

/** The breaker opens when of at least so many calls in so many milliseconds this share failed; for so long. */
export const BREAKER_CALLS = 20;
export const BREAKER_WINDOW_MS = 10_000;
export const BREAKER_SHARE = 0.5;
export const BREAKER_OPEN_MS = 5_000;

/** Calls at a time, calls a second, and answers of 404 a second, for which Twilio refuses accounts. */
export const MOST_AT_A_TIME = 20;
export const MOST_PER_SECOND = 40;
export const MOST_MISSING_PER_SECOND = 5;

/** For the look-up of a room, and for its turn where a token has several looked up, each in milliseconds. */
export const LOOK_UP_MS = 5_000;

/** After a look-up that failed, and that asked for no time, seconds: none is made of any room, or of that one alone. */
export const LOOK_UP_REST_SECONDS = 5;

/**
 * Rooms that one token is told in so many milliseconds that it does not open: one fewer than answers of 404 that all may have
 * in a second, so that no token by itself keeps the others from theirs.
 */
export const MOST_REFUSED: number = MOST_MISSING_PER_SECOND - 1;
export const REFUSED_MS = 30_000;
