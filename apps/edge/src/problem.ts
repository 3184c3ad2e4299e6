import { PROBLEM_TYPES, type ErrorCode } from './http/error-codes.ts';

/** What is particular to one problem. */
export interface ProblemDetails {
  readonly error: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
}

/**
 * A problem document that Twilio's SDKs read too: `code`, `message` and `more_info` are theirs.
 *
 * There is no `title`, which RFC 9457 does not require: `type`, `title`, `status` and `code` together make twilio-node since 5.13 throw a
 * `TwilioServiceException`, which has no `moreInfo`, instead of its `RestException`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457#section-3
 */
export function serializeProblem({ error, detail, requestId }: ProblemDetails, publicUrl: string): string {
  const { status, twilio } = PROBLEM_TYPES[error];
  const type = `${publicUrl}/errors#${error}`;
  return JSON.stringify({
    type,
    status,
    detail,
    error,
    code: twilio,
    message: detail,
    more_info: type,
    request_id: requestId,
  });
}
