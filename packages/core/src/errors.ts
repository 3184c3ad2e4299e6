/**
 * The base class of all errors that this package throws on purpose.
 *
 * @example
 * if (error instanceof RoomRecordingsError) console.error(error.code);
 */
export abstract class RoomRecordingsError extends Error {
  /** The machine-readable reason. Codes are stable; messages are not. */
  abstract readonly code: string;
}

/** An argument has a value that the function does not accept. The message does not contain the value. */
export class InvalidArgumentError extends RoomRecordingsError {
  override readonly name = 'InvalidArgumentError';
  override readonly code = 'invalid_argument';
}

/** The reasons for which reading a recording fails. */
export type RecordingsErrorCode =
  | 'invalid_sid'
  | 'invalid_request'
  | 'auth_failed'
  | 'not_found'
  | 'deleted'
  | 'failed'
  | 'unauthorized'
  | 'forbidden'
  | 'rate_limited'
  | 'timeout'
  | 'aborted'
  | 'network'
  | 'upstream'
  | 'invalid_response'
  | 'mismatch';

/** One violation of a schema. `message` and `path` are those of a Standard Schema issue. */
export interface RecordingIssue {
  /** A sentence such as "The value must be an object." It does not contain the received value. */
  readonly message: string;
  /** The names from the parsed value to the invalid one, such as `['links', 'media']`; empty for the parsed value itself. */
  readonly path: readonly string[];
  /** The required value, such as `an object`. */
  readonly expected: string;
  /** The received value, shortened to 40 characters of one line. */
  readonly received: string;
}

/** The maximum number of issues of one error. A longer list costs time and memory and does not help. */
export const MAX_ISSUES = 50;

/** The members of a `RecordingsError` beside its code and message. */
export interface RecordingsErrorDetails {
  /** The HTTP status of the response; undefined if no response was received. */
  readonly status?: number | undefined;
  /** The value of the response's `Retry-After` header, in seconds from now. */
  readonly retryAfter?: number | undefined;
  /** The violations of the schema. */
  readonly issues?: readonly RecordingIssue[] | undefined;
  /** The server's id of the request, for a support case. */
  readonly requestId?: string | undefined;
  /** Twilio's error number, such as 20404. */
  readonly twilioCode?: number | undefined;
  /** The edge's error code, such as `token_expired`. */
  readonly edgeCode?: string | undefined;
  readonly cause?: unknown;
}

/** Reading a recording failed. No member contains credentials. */
export class RecordingsError extends RoomRecordingsError {
  override readonly name = 'RecordingsError';
  override readonly code: RecordingsErrorCode;
  /** The HTTP status of the response; undefined if no response was received. */
  readonly status: number | undefined;
  /** The time after which the server accepts a retry, in seconds from now; undefined if the response has no `Retry-After`. */
  readonly retryAfter: number | undefined;
  /** The violations of the schema; empty for other errors. */
  readonly issues: readonly RecordingIssue[];
  /** The server's id of the request, for a support case. */
  readonly requestId: string | undefined;
  /** Twilio's error number, such as 20404; undefined if the response has none. */
  readonly twilioCode: number | undefined;
  /** The edge's error code, such as `token_expired` or `circuit_open`; undefined for responses of Twilio. */
  readonly edgeCode: string | undefined;

  constructor(code: RecordingsErrorCode, message: string, details: RecordingsErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
    this.issues = details.issues ?? [];
    this.requestId = details.requestId;
    this.twilioCode = details.twilioCode;
    this.edgeCode = details.edgeCode;
  }
}

/**
 * Copies the start of a string.
 *
 * An error outlives the response body that it describes, and a slice would keep the whole body in memory.
 *
 * @param maxLength the maximum length of the copy, in UTF-16 code units.
 */
export function copyStart(text: string, maxLength: number): string {
  return Array.from(text.slice(0, maxLength)).join('');
}
