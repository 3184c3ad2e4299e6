import { RecordingsError } from '@room-recordings/core';

/** A refusal of credentials that is known already: who has to act was told by the one that it repeats. */
export class StillRefused extends RecordingsError {
  constructor(refusal: RecordingsError) {
    super(refusal.code, refusal.message, refusal);
  }
}
