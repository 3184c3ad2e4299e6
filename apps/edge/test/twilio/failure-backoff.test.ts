import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { FailureBackoff } from '../../src/twilio/resilience/retry-limits.ts';

const ERROR = new RecordingsError('invalid_response', 'No.', { status: 200 });

describe('FailureBackoff', () => {
  it('keeps the 1,024 resources that failed last', () => {
    const backoff = new FailureBackoff();
    for (let nth = 0; nth < 5_000; nth += 1) {
      for (let failure = 0; failure < 3; failure += 1) backoff.recordFailure(`RT${nth}`, ERROR, 0);
    }
    const kept = Array.from({ length: 5_000 }, (_, nth) => nth).filter((nth) => backoff.check(`RT${nth}`, 0));
    expect(kept).toHaveLength(1_024);
    expect(kept.at(0)).toBe(5_000 - 1_024);
  });

  it('counts from zero after a successful response', () => {
    const backoff = new FailureBackoff();
    for (let failure = 0; failure < 3; failure += 1) backoff.recordFailure('RT1', ERROR, 0);
    backoff.recordSuccess('RT1');
    for (let failure = 0; failure < 2; failure += 1) backoff.recordFailure('RT1', ERROR, 0);
    expect(backoff.check('RT1', 0)).toBeUndefined();
  });
});
