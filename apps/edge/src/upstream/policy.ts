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

/**
 * A little more than a read may take, milliseconds: for a request that has waited for the read of another one, and then needs a
 * read of its own.
 */
export const LONGEST_ANSWER_MS: number = DEADLINE_MS + 500;

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

/** After a 403 for so many different resources, without a good answer between them, the credentials count as refused. */
export const REFUSED_RESOURCES = 3;

/** The breaker opens when of at least so many calls in so many milliseconds this share failed; for so long. */
export const BREAKER_CALLS = 20;
export const BREAKER_WINDOW_MS = 10_000;
export const BREAKER_SHARE = 0.5;
export const BREAKER_OPEN_MS = 5_000;

/** Calls of one resource that the breaker counts: a read and its retry. */
export const MOST_COUNTED_OF_ONE = 2;

/**
 * From which failure in a row the error of a resource is remembered, for how many milliseconds at first and at most, at most for
 * a failure without an answer, and of how many resources.
 */
export const FAILURES_BEFORE_BACKOFF = 3;
export const SHORTEST_BACKOFF_MS = 1_000;
export const LONGEST_BACKOFF_MS = 60_000;
export const LONGEST_BACKOFF_UNANSWERED_MS = 5_000;
export const MOST_FAILING = 1_024;

/** Calls at a time, calls a second, and answers of 404 a second, for which Twilio refuses accounts. */
export const MOST_AT_A_TIME = 20;
export const MOST_PER_SECOND = 40;
export const MOST_MISSING_PER_SECOND = 5;

/** For the look-up of a room, and for its turn where a token has several looked up, each in milliseconds. */
export const LOOK_UP_MS = 5_000;

/** After a look-up that failed, and that asked for no time, seconds: the room is not looked up. */
export const LOOK_UP_REST_SECONDS = 5;

/**
 * Rooms that one token is told in so many milliseconds that it does not open: one fewer than answers of 404 that all may have
 * in a second, so that no token by itself keeps the others from theirs.
 */
export const MOST_REFUSED: number = MOST_MISSING_PER_SECOND - 1;
export const REFUSED_MS = 30_000;

/** A caller counts as active for so long after its last attempt, and contention as lasting, milliseconds. */
export const CONTENTION_MS = 10_000;

/**
 * What callers that owe for 404s share in a second once the account's budget is spent: one fewer than the account may have, so
 * that the account recovers.
 */
export const SHARED_MISSING_PER_SECOND: number = MOST_MISSING_PER_SECOND - 1;

/** What an answer that finds something earns, and what one caller may have earned and owe at most, in answers of 404. */
export const CREDIT_PER_ANSWER = 0.1;
export const MOST_CREDIT = 2;
export const MOST_OWED = 20;

/** Callers whose 404s are counted: forty calls a second replace all of them in twenty-five seconds at the earliest. */
export const MOST_BALANCES = 1_024;

/**
 * How far the account's budget of 404s may be overdrawn, milliseconds of it: by callers that nothing is known of, and by those
 * that have found something.
 */
export const OVERDRAFT_MS = 5_000;
export const OVERDRAFT_OF_KNOWN_MS = 13_000;

/** How long a read waits for its turn while its caller is below its share, milliseconds; a turn is looked for as often. */
export const LONGEST_TURN_MS = 1_000;
export const TURN_STEP_MS = 20;

/** Reads that wait for their turn, of one caller and of all. */
export const MOST_TURNS_OF_ONE = 20;
export const MOST_TURNS = 400;

/** Calls that are kept free while there is contention for callers that have fewer than another one: in a second, at a time. */
export const KEPT_PER_SECOND = 4;
export const KEPT_AT_A_TIME = 2;
