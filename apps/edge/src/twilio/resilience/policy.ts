/**
 * How the edge treats Twilio. Everything is counted for each isolate or process by itself: an account that many of them
 * read gets as many times as much.
 */

/** Until the headers are there, milliseconds: `fetch` cannot tell DNS, connect, TLS and the first byte apart. */
export const HEADERS_TIMEOUT_MS = 5_000;

/** Between two pieces of a body, milliseconds. */
export const BODY_IDLE_TIMEOUT_MS = 3_000;

/** For a read with all its tries, milliseconds. */
export const READ_TIMEOUT_MS = 10_000;

/**
 * A little more than a read may take, milliseconds: for a request that has waited for the read of another one, and then needs a
 * read of its own.
 */
export const RESPONSE_TIMEOUT_MS: number = READ_TIMEOUT_MS + 500;

/** A call of which nothing was heard for so long is counted no more, milliseconds. */
export const LOST_CALL_TIMEOUT_MS: number = READ_TIMEOUT_MS + 1_000;

/** A body after decoding, bytes: a recording has less than 2 KiB. */
export const MAX_BODY_BYTES = 1_048_576;

/** Statuses after which a read may be tried once more; 520 to 530 are Cloudflare's for an origin out of reach. */
export const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([
  408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530,
]);

/** Before the second try, milliseconds, drawn between the two so that many edges do not come back at once. */
export const RETRY_DELAY_MIN_MS = 50;
export const RETRY_DELAY_MAX_MS = 250;

/** Retries that may be made at once, and how many calls that went well earn one more: an outage earns none. */
export const RETRY_BUDGET_MAX = 10;
export const RETRY_BUDGET_CALLS_PER_RETRY = 4;

/** The longest that a Retry-After, or Twilio's refusal of the account (70005), stops all calls, seconds. */
export const COOLDOWN_MAX_SECONDS = 60;

/** After refused credentials, seconds: somebody has to act first. */
export const AUTH_COOLDOWN_SECONDS = 30;

/** Twilio's number for an account that kept asking for what is not there. */
export const TWILIO_ACCOUNT_THROTTLED = 70005;

/** After a 403 for so many different resources, without a good answer between them, the credentials count as refused. */
export const AUTH_COOLDOWN_FORBIDDEN_RESOURCES = 3;

/** The breaker opens when of at least so many calls in so many milliseconds this share failed; for so long. */
export const BREAKER_MINIMUM_CALLS = 20;
export const BREAKER_WINDOW_MS = 10_000;
export const BREAKER_FAILURE_RATE = 0.5;
export const BREAKER_OPEN_MS = 5_000;

/** Calls of one resource that the breaker counts: a read and its retry. */
export const BREAKER_MAX_CALLS_PER_RESOURCE = 2;

/**
 * From which failure in a row the error of a resource is remembered, for how many milliseconds at first and at most, at most for
 * a failure without an answer, and of how many resources.
 */
export const BACKOFF_AFTER_FAILURES = 3;
export const BACKOFF_MIN_MS = 1_000;
export const BACKOFF_MAX_MS = 60_000;
export const BACKOFF_MAX_WITHOUT_RESPONSE_MS = 5_000;
export const BACKOFF_MAX_RESOURCES = 1_024;

/** Calls at a time, calls a second, and answers of 404 a second, for which Twilio refuses accounts. */
export const MAX_CONCURRENT_CALLS = 20;
export const MAX_CALLS_PER_SECOND = 40;
export const MAX_NOT_FOUND_PER_SECOND = 5;

/** For the look-up of a room, and for its turn where a token has several looked up, each in milliseconds. */
export const ROOM_LOOKUP_TIMEOUT_MS = 5_000;

/** After a look-up that failed, and that asked for no time, seconds: the room is not looked up. */
export const ROOM_LOOKUP_COOLDOWN_SECONDS = 5;

/**
 * Rooms that one token is told in so many milliseconds that it does not open: one fewer than answers of 404 that all may have
 * in a second, so that no token by itself keeps the others from theirs.
 */
export const ENUMERATION_LIMIT: number = MAX_NOT_FOUND_PER_SECOND - 1;
export const ENUMERATION_WINDOW_MS = 30_000;

/** A caller counts as active for so long after its last attempt, and contention as lasting, milliseconds. */
export const CONTENTION_WINDOW_MS = 10_000;

/**
 * What callers that owe for 404s share in a second once the account's budget is spent: one fewer than the account may have, so
 * that the account recovers.
 */
export const SHARED_NOT_FOUND_PER_SECOND: number = MAX_NOT_FOUND_PER_SECOND - 1;

/** What an answer that finds something earns, and what one caller may have earned and owe at most, in answers of 404. */
export const NOT_FOUND_CREDIT_PER_RESPONSE = 0.1;
export const MAX_NOT_FOUND_CREDIT = 2;
export const MAX_NOT_FOUND_DEBT = 20;

/** Callers whose 404s are counted: forty calls a second replace all of them in twenty-five seconds at the earliest. */
export const MAX_NOT_FOUND_BALANCES = 1_024;

/**
 * How far the account's budget of 404s may be overdrawn, milliseconds of it: by callers that nothing is known of, and by those
 * that have found something.
 */
export const NOT_FOUND_OVERDRAFT_MS = 5_000;
export const NOT_FOUND_OVERDRAFT_KNOWN_MS = 13_000;

/** How long a read waits for its turn while its caller is below its share, milliseconds; a turn is looked for as often. */
export const CALL_QUEUE_TIMEOUT_MS = 1_000;
export const CALL_QUEUE_POLL_MS = 20;

/** Reads that wait for their turn, of one caller and of all. */
export const MAX_QUEUED_CALLS_PER_CLIENT = 20;
export const MAX_QUEUED_CALLS = 400;

/** Calls that are kept free while there is contention for callers that have fewer than another one: in a second, at a time. */
export const RESERVED_CALLS_PER_SECOND = 4;
export const RESERVED_CONCURRENT_CALLS = 2;
