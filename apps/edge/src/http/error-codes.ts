/** The closed set of error codes. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_sid'
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'forbidden'
  | 'signature_invalid'
  | 'url_expired'
  | 'not_found'
  | 'method_not_allowed'
  | 'recording_deleted'
  | 'precondition_failed'
  | 'uri_too_long'
  | 'misdirected_request'
  | 'rate_limited'
  | 'internal'
  | 'upstream_error'
  | 'upstream_invalid'
  | 'upstream_mismatch'
  | 'upstream_auth'
  | 'upstream_redirect'
  | 'upstream_too_large'
  | 'misconfigured'
  | 'auth_unavailable'
  | 'upstream_unavailable'
  | 'upstream_rate_limited'
  | 'circuit_open'
  | 'overloaded'
  | 'upstream_timeout';

/** One kind of error: its HTTP status, its heading, and what a reader can do about it. */
export interface ProblemType {
  readonly status: number;
  /** The heading on `/errors`; a problem document does not have it. */
  readonly title: string;
  readonly help: string;
  /** Twilio's number for it, where one exists. */
  readonly twilio?: number;
}

/** Every error that the edge answers with; `/errors` is this table as a page. */
export const PROBLEM_TYPES: Readonly<Record<ErrorCode, ProblemType>> = {
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    help: 'The request target must be a path without backslashes, "#" and control characters, or a URL of this host. Encode such characters.',
    twilio: 20001,
  },
  invalid_sid: {
    status: 400,
    title: 'Invalid SID',
    help: 'A room SID is RM and 32 hexadecimal digits, a recording SID RT and 32. A room name is no SID.',
    twilio: 20001,
  },
  token_missing: {
    status: 401,
    title: 'Token missing',
    help: 'Send a token, as Bearer in Authorization where the operator named no other header.',
    twilio: 20003,
  },
  token_invalid: {
    status: 401,
    title: 'Token invalid',
    help: 'The token is not one that this edge accepts. Get one from the issuer that the operator named.',
    twilio: 20003,
  },
  token_expired: {
    status: 401,
    title: 'Token expired',
    help: 'The token was good and its time is over: get a new one.',
    twilio: 20003,
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    help: 'The token is good and does not open this room.',
  },
  signature_invalid: {
    status: 403,
    title: 'Signature invalid',
    help: 'The URL must be exactly as it was signed, by a key that this edge has and for at most a day.',
  },
  url_expired: {
    status: 403,
    title: 'URL expired',
    help: 'The signed URL was good and its time is over: get a new one.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    help: 'There is no such path, or no such recording in that room.',
    twilio: 20404,
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    help: 'Recordings are only read: use one of the methods that Allow names.',
  },
  recording_deleted: {
    status: 410,
    title: 'Recording deleted',
    help: 'The recording was deleted and will not come back.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    help: 'If-Match compares strongly and these ETags are weak: use If-None-Match.',
  },
  uri_too_long: {
    status: 414,
    title: 'URI too long',
    help: 'A URL holds at most 4,096 characters, its query at most 2,048.',
  },
  misdirected_request: {
    status: 421,
    title: 'Misdirected request',
    help: 'This edge is not configured for this host name. Operator: set PUBLIC_URL.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    help: 'You ask more often than this edge lets one caller. Try again after Retry-After seconds.',
    twilio: 20429,
  },
  internal: {
    status: 500,
    title: 'Internal error',
    help: 'The edge failed. Its log has a line with this request_id.',
  },
  upstream_error: {
    status: 502,
    title: 'Source failed',
    help: 'The source of the recordings could not be read. Try again in a moment.',
  },
  upstream_invalid: {
    status: 502,
    title: 'Invalid answer from the source',
    help: 'The source answered with something that is no recording; detail says where.',
  },
  upstream_mismatch: {
    status: 502,
    title: 'Wrong answer from the source',
    help: 'The source answered with another recording than the one asked for.',
  },
  upstream_auth: {
    status: 502,
    title: 'Source refused the credentials',
    help: 'Operator: check TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
  },
  upstream_redirect: {
    status: 502,
    title: 'Source redirected',
    help: 'The source answered with a redirect, which is never followed. Operator: check TWILIO_BASE_URL.',
  },
  upstream_too_large: {
    status: 502,
    title: 'Answer from the source is too large',
    help: 'The source answered with more than 1 MiB, which no recording has.',
  },
  misconfigured: {
    status: 503,
    title: 'Not configured',
    help: 'Operator: set what detail names, and start again.',
  },
  auth_unavailable: {
    status: 503,
    title: 'Access cannot be decided',
    help: 'What the token is checked against cannot be had now. Try again after Retry-After seconds.',
  },
  upstream_unavailable: {
    status: 503,
    title: 'Source unavailable',
    help: 'The source is unavailable. Try again after Retry-After seconds.',
  },
  upstream_rate_limited: {
    status: 503,
    title: 'Source is rate limited',
    help: 'The account has reached its limit. Try again after Retry-After seconds.',
  },
  circuit_open: {
    status: 503,
    title: 'Source is down',
    help: 'The source has failed too often and is left alone for a moment. Try again after Retry-After seconds.',
  },
  overloaded: {
    status: 503,
    title: 'Too many reads of the source',
    help: 'The source is asked as much as it may be. Try again after Retry-After seconds.',
  },
  upstream_timeout: {
    status: 504,
    title: 'Source timed out',
    help: 'The source gave no complete answer in time. Try again in a moment.',
  },
};

/** Whether a text is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(PROBLEM_TYPES, text);
}
