/**
 * The numbers by which the edge calls Twilio and other upstream services. Each isolate or process
 * counts by itself, so an account that several of them read gets a multiple of the limits.
 */

// Time limits of one read, all on the injected clock. The timer of the core client is out of reach (see CORE_TIMEOUT_MS),
// and http-cache only limits how long one request waits for the read of another one.

/** Milliseconds until the response headers. `fetch` does not distinguish DNS, connect, TLS and the first byte. */
export const HEADERS_TIMEOUT_MS = 5_000;

/** Milliseconds between two chunks of a body. */
export const BODY_IDLE_TIMEOUT_MS = 3_000;

/** Milliseconds for one read in total: the wait for capacity, both attempts and the delay between them. */
export const READ_TIMEOUT_MS = 10_000;

/**
 * Milliseconds that a client's request waits for its recording. It is longer than a read, because a request that has waited for the
 * failed read of another request then starts a read of its own.
 */
export const RESPONSE_TIMEOUT_MS: number = READ_TIMEOUT_MS + 500;

/** Milliseconds for the heads of all files of a timeline. A head that is not read by then is for the next timeline. */
export const HEADS_TIMEOUT_MS = 8_000;

/** Milliseconds that a client's request waits for a timeline: for its list, and then for the heads. */
export const TIMELINE_RESPONSE_TIMEOUT_MS: number = RESPONSE_TIMEOUT_MS + HEADS_TIMEOUT_MS;

/**
 * Milliseconds after which a call without a result is no longer counted. On Workers a call may be cancelled with its request, and
 * never end.
 */
export const LOST_CALL_TIMEOUT_MS: number = READ_TIMEOUT_MS + 1_000;

/** Milliseconds; the maximum that the core client accepts. Its timer runs on the real clock, and READ_TIMEOUT_MS ends each read. */
export const CORE_TIMEOUT_MS: number = 2 ** 31 - 1;

/**
 * Bytes of a decoded body; a recording has less than 2 KiB. It applies to all that the edge fetches but pages: recordings, rooms and
 * JWKS. The core client has the same limit for its other users, but it never applies here, because this one counts the bytes first.
 */
export const MAX_BODY_BYTES = 1_048_576;

/** Bytes of the decoded body of a page of a list, which has up to 1,000 recordings. */
export const MAX_PAGE_BYTES = 8_388_608;

// The retry.

/** Milliseconds before the retry, drawn at random between the two so that many edges do not retry at the same moment. */
export const RETRY_DELAY_MIN_MS = 50;
export const RETRY_DELAY_MAX_MS = 250;

/** Retries that may be made at once. */
export const RETRY_BUDGET_MAX = 10;

/** Successful calls that earn one more retry. An outage earns none, so retries do not add to the load of a failing source. */
export const RETRY_BUDGET_CALLS_PER_RETRY = 4;

// The cooldown of the account.

/** Seconds; the maximum for which a Retry-After, or Twilio's error 70005, stops all calls. */
export const COOLDOWN_MAX_SECONDS = 60;

/** Seconds after a response that rejects the credentials: an operator has to act first. */
export const AUTH_COOLDOWN_SECONDS = 30;

/** Twilio's error code for an account that requested too many resources that do not exist. */
export const TWILIO_ACCOUNT_THROTTLED = 70005;

/** Different resources with a 403, and no successful response in between, after which the credentials count as rejected. */
export const AUTH_COOLDOWN_FORBIDDEN_RESOURCES = 3;

// The circuit breaker.

/** Calls within the window before the circuit breaker may open: fewer are too small a sample. */
export const BREAKER_MINIMUM_CALLS = 20;

/** Milliseconds of the window. */
export const BREAKER_WINDOW_MS = 10_000;

/** The share of failed calls at which the circuit breaker opens. */
export const BREAKER_FAILURE_RATE = 0.5;

/** Milliseconds for which the circuit breaker stays open before it is half-open. */
export const BREAKER_OPEN_MS = 5_000;

/** Calls for one resource that the circuit breaker counts: a read and its retry. One broken recording cannot open it. */
export const BREAKER_MAX_CALLS_PER_RESOURCE = 2;

// The backoff of one resource that keeps failing.

/** Consecutive failures from which the error of a resource is returned without a call. */
export const BACKOFF_AFTER_FAILURES = 3;

/** Milliseconds after that failure; each further failure doubles them. */
export const BACKOFF_MIN_MS = 1_000;

/** Milliseconds; the maximum if the failure was a response. */
export const BACKOFF_MAX_MS = 60_000;

/** Milliseconds; the maximum without a response: as long as the circuit breaker stays open, so a recovery is noticed as soon. */
export const BACKOFF_MAX_WITHOUT_RESPONSE_MS = 5_000;

/** Resources whose failures are kept: it bounds the memory. */
export const BACKOFF_MAX_RESOURCES = 1_024;

// The limits of the account. Twilio allows 80 reads per second, and throttles accounts for 404 responses.

/** Concurrent calls. */
export const MAX_CONCURRENT_CALLS = 20;

/** Calls per second. */
export const MAX_CALLS_PER_SECOND = 40;

/** 404 responses per second. */
export const MAX_NOT_FOUND_PER_SECOND = 5;

// The lookup of a room's name.

/** Milliseconds for the lookup, and again for the wait if a token has several rooms looked up. */
export const ROOM_LOOKUP_TIMEOUT_MS = 5_000;

/** Seconds for which a room is not looked up after a failure without a Retry-After. */
export const ROOM_LOOKUP_COOLDOWN_SECONDS = 5;

/** Denied rooms per token per window. One less than the account's 404 limit per second, so that a single token cannot exhaust it. */
export const ENUMERATION_LIMIT: number = MAX_NOT_FOUND_PER_SECOND - 1;

/** Milliseconds of that window. */
export const ENUMERATION_WINDOW_MS = 30_000;

// Media.

/** Seconds for which Twilio is not called again for media that does not exist, or that the storage rejects. */
export const MEDIA_ERROR_SECONDS = 10;

/**
 * Seconds for which a timeline does not look again for media that does not exist, as of a track that was muted all the time. A timeline
 * finds about 40 such tracks before its time is over, and a later one continues after them.
 */
export const MISSING_MEDIA_SECONDS = 60;

/** Signed URLs of media in each of two generations. A URL has up to 2 kB. */
export const MAX_MEDIA_LINKS = 1_024;

/** Milliseconds of one read of the storage. The time between two reads does not count. */
export const STORAGE_IDLE_TIMEOUT_MS = 5_000;

// Fair shares between clients.

/** Milliseconds for which a client counts as active after its last attempt, and for which contention counts as lasting. */
export const CONTENTION_WINDOW_MS = 10_000;

/**
 * 404 responses per second that clients in debt share while the account's budget is spent. One less than the account's limit, so
 * that the account recovers.
 */
export const SHARED_NOT_FOUND_PER_SECOND: number = MAX_NOT_FOUND_PER_SECOND - 1;

/** The credit of a response with a recording, in 404 responses. */
export const NOT_FOUND_CREDIT_PER_RESPONSE = 0.1;

/** The maximum credit of one client, in 404 responses. */
export const MAX_NOT_FOUND_CREDIT = 2;

/** The maximum debt of one client, in 404 responses. */
export const MAX_NOT_FOUND_DEBT = 20;

/** Clients whose 404 responses are counted. At forty calls per second, a flood of new clients replaces them in 25 seconds. */
export const MAX_NOT_FOUND_BALANCES = 1_024;

/** Milliseconds by which clients without a recent recording may overdraw the account's 404 budget. */
export const NOT_FOUND_OVERDRAFT_MS = 5_000;

/** Milliseconds by which clients with a recent recording may overdraw it. */
export const NOT_FOUND_OVERDRAFT_KNOWN_MS = 13_000;

/** Milliseconds that a call of a client below its share waits for capacity. */
export const CALL_QUEUE_TIMEOUT_MS = 1_000;

/** Milliseconds between two checks of a waiting call. */
export const CALL_QUEUE_POLL_MS = 20;

/** Waiting calls of one client. */
export const MAX_QUEUED_CALLS_PER_CLIENT = 20;

/** Waiting calls of all clients. */
export const MAX_QUEUED_CALLS = 400;

/** Calls per second that stay reserved, during contention, for clients with fewer calls than another one. */
export const RESERVED_CALLS_PER_SECOND = 4;

/** Concurrent calls that stay reserved in the same way. */
export const RESERVED_CONCURRENT_CALLS = 2;
