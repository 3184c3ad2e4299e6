import { RecordingsError } from '@room-recordings/core';

/** A 403 for one resource: others may well be readable, so it says nothing of the account. */
export class ResourceForbiddenError extends RecordingsError {
  constructor(refusal: RecordingsError) {
    super(refusal.code, refusal.message, refusal);
  }
}
