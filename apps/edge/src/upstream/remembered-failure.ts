import { RecordingsError, type RecordingsErrorDetails } from '@room-recordings/core';

/** A failure that is known already and answered without a call: its own log entry was written when the call failed. */
export class RememberedError extends RecordingsError {
  /** @param seconds until the source is called again; those of the failure by default. */
  constructor(failure: RecordingsError, seconds: number | undefined = failure.retryAfter) {
    super(failure.code, failure.message, { ...pickDetails(failure), retryAfter: seconds });
  }
}

/** The members of an error may not be enumerable, so they are named. */
function pickDetails({
  status,
  issues,
  requestId,
  twilioCode,
  cause,
}: RecordingsError): RecordingsErrorDetails {
  return { status, issues, requestId, twilioCode, cause };
}
