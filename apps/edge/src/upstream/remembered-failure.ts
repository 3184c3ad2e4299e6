import { RecordingsError } from '@room-recordings/core';

/** A failure that is known already and answered without a call: its own log entry was written when the call failed. */
export class RememberedFailure extends RecordingsError {
  constructor(failure: RecordingsError) {
    super(failure.code, failure.message, failure);
  }
}
