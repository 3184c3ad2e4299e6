/** Every way in which reading a recording fails. */
export type RecordingsErrorCode =
  | 'invalid_sid'
  | 'invalid_request'
  | 'not_found'
  | 'deleted'
  | 'unauthorized'
  | 'forbidden'
  | 'rate_limited'
  | 'timeout'
  | 'aborted'
  | 'network'
  | 'upstream'
  | 'invalid_response'
  | 'mismatch';

/** One thing that is wrong with an answer. */
export interface RecordingIssue {
  /** Where, as in `grouping_sids.room_sid`; empty for the whole. */
  readonly path: string;
  /** What the contract asks for there. */
  readonly expected: string;
  /** What came, shortened. */
  readonly received: string;
}

/** The most issues that an error carries. A longer list helps nobody, and costs time and memory. */
export const MAX_ISSUES = 50;

/** What is known of a failure beside its code and message. */
export interface RecordingsErrorDetails {
  /** The HTTP status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** Seconds that the server asked to wait. */
  readonly retryAfter?: number | undefined;
  readonly issues?: readonly RecordingIssue[] | undefined;
  /** The server's name for the request, to quote in a support case. */
  readonly requestId?: string | undefined;
  /** Twilio's own number for the failure. */
  readonly twilioCode?: number | undefined;
  readonly cause?: unknown;
}

/** The one error that core throws: a closed `code`, a sentence, and what is known beside it. */
export class RecordingsError extends Error {
  override readonly name = 'RecordingsError';
  readonly code: RecordingsErrorCode;
  readonly status: number | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly issues: readonly RecordingIssue[];
  readonly requestId: string | undefined;
  /** Twilio's own number for the failure, such as 20404, where the answer said one. */
  readonly twilioCode: number | undefined;

  constructor(code: RecordingsErrorCode, message: string, details: RecordingsErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
    this.issues = details.issues ?? [];
    this.requestId = details.requestId;
    this.twilioCode = details.twilioCode;
  }
}

/**
 * Copies the start of a text, at most `longest` UTF-16 code units of it.
 *
 * An error outlives the body that it describes, and a slice would keep that whole body in memory.
 */
export function copyStart(text: string, longest: number): string {
  return Array.from(text.slice(0, longest)).join('');
}
