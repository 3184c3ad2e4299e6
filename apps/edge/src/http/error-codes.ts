/** The closed set of error codes. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_sid'
  | 'invalid_query'
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'forbidden'
  | 'signature_invalid'
  | 'url_expired'
  | 'not_found'
  | 'media_not_ready'
  | 'media_unavailable'
  | 'method_not_allowed'
  | 'recording_deleted'
  | 'precondition_failed'
  | 'uri_too_long'
  | 'range_not_satisfiable'
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

/** A problem type: its HTTP status, its title, and help for the client or the operator. */
export interface ProblemType {
  readonly status: number;
  /** The title on `/errors`. A problem document has no title (see `serializeProblem`). */
  readonly title: string;
  readonly help: string;
  /** Twilio's error number, if one exists. */
  readonly twilio?: number;
}

/** The problem types of the edge. `/errors` and the documentation are generated from this table. */
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
    help: 'A room SID is RM and 32 hexadecimal digits. A recording SID is RT and 32 hexadecimal digits. A room name is not a SID.',
    twilio: 20001,
  },
  invalid_query: {
    status: 400,
    title: 'Invalid query',
    help: 'The query has an unknown parameter, a parameter twice, or an invalid value. The detail names the parameter.',
    twilio: 20001,
  },
  token_missing: {
    status: 401,
    title: 'Token missing',
    help: 'Send a token: as Authorization: Bearer, unless the operator configured another header.',
    twilio: 20003,
  },
  token_invalid: {
    status: 401,
    title: 'Token invalid',
    help: 'This edge does not accept the token. Request one from the issuer that the operator configured.',
    twilio: 20003,
  },
  token_expired: {
    status: 401,
    title: 'Token expired',
    help: 'The token has expired. Request a new one and retry.',
    twilio: 20003,
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    help: 'The token is valid, but does not grant access to this room.',
  },
  signature_invalid: {
    status: 403,
    title: 'Signature invalid',
    help: 'The URL must be exactly as it was signed, with a key of this edge, and must expire within a day of its signing.',
  },
  url_expired: {
    status: 403,
    title: 'URL expired',
    help: 'The signed URL has expired. Request a new one.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    help: 'The path does not exist, or the room has no such recording.',
    twilio: 20404,
  },
  media_not_ready: {
    status: 404,
    title: 'Media not ready',
    help: 'The recording is still processing. Retry after the seconds in Retry-After.',
    twilio: 20404,
  },
  media_unavailable: {
    status: 404,
    title: 'Media unavailable',
    help: 'The recording has no media that this edge can serve. The detail gives the reason and what to do.',
    twilio: 20404,
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    help: 'Recordings are read-only. Use one of the methods in the Allow header.',
  },
  recording_deleted: {
    status: 410,
    title: 'Recording deleted',
    help: 'The recording was deleted permanently.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    help: 'If-Match uses strong comparison and the ETags of the edge are weak. Use If-None-Match.',
  },
  uri_too_long: {
    status: 414,
    title: 'URI too long',
    help: 'A URL may have at most 4,096 characters, and its query with the question mark at most 2,048.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'Range not satisfiable',
    help: 'The range begins at or after the end of the media. Content-Range has the length.',
  },
  misdirected_request: {
    status: 421,
    title: 'Misdirected request',
    help: 'This edge is not configured for this host name. Operator: set PUBLIC_URL.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    help: 'This client has sent too many requests. Retry after the seconds in Retry-After.',
    twilio: 20429,
  },
  internal: {
    status: 500,
    title: 'Internal error',
    help: 'The edge failed. Its log has an entry with this request_id.',
  },
  upstream_error: {
    status: 502,
    title: 'Source failed',
    help: 'The recording source could not be read. Retry in a few seconds.',
  },
  upstream_invalid: {
    status: 502,
    title: 'Invalid response of the source',
    help: 'The response of the recording source is not a valid recording. The detail names the invalid attributes.',
  },
  upstream_mismatch: {
    status: 502,
    title: 'Wrong response of the source',
    help: 'The recording source responded with another recording, or with a recording of another room.',
  },
  upstream_auth: {
    status: 502,
    title: 'Source rejected the credentials',
    help: 'Operator: check TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
  },
  upstream_redirect: {
    status: 502,
    title: 'Source redirected',
    help: 'The recording source responded with a redirect, which the edge does not follow. Operator: check TWILIO_BASE_URL, and MEDIA_HOSTS if the request was for media.',
  },
  upstream_too_large: {
    status: 502,
    title: 'Response of the source is too large',
    help: 'The response of the recording source exceeds 1 MiB, or 8 MiB for a list.',
  },
  misconfigured: {
    status: 503,
    title: 'Not configured',
    help: 'Operator: set the variables that the detail names, and restart the edge.',
  },
  auth_unavailable: {
    status: 503,
    title: 'Access cannot be validated',
    help: 'The edge cannot reach the service that validates this token. Retry after the seconds in Retry-After.',
  },
  upstream_unavailable: {
    status: 503,
    title: 'Source unavailable',
    help: 'The recording source is unavailable. Retry after the seconds in Retry-After.',
  },
  upstream_rate_limited: {
    status: 503,
    title: 'Source is rate limited',
    help: 'The Twilio account has reached its limit. Retry after the seconds in Retry-After.',
  },
  circuit_open: {
    status: 503,
    title: 'Source is down',
    help: 'The recording source failed too often, so the edge has stopped calling it. Retry after the seconds in Retry-After.',
  },
  overloaded: {
    status: 503,
    title: 'Too many calls to the source',
    help: 'The edge has reached its limit of calls to the recording source. Retry after the seconds in Retry-After.',
  },
  upstream_timeout: {
    status: 504,
    title: 'Source timed out',
    help: 'The recording source did not send a complete response in time. Retry in a few seconds.',
  },
};

/** Returns whether a text is one of the error codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(PROBLEM_TYPES, text);
}
