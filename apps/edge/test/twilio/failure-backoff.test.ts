import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { FailureBackoff } from '../../src/twilio/resilience/retry-limits.ts';

const FAULT = new RecordingsError('invalid_response', 'No.', { status: 200 });

describe('FailureBackoff', () => {
  it('remembers no more than 1,024 resources, and of those the ones that failed last', () => {
    const backoff = new FailureBackoff();
    for (let nth = 0; nth < 5_000; nth += 1) {
      for (let failure = 0; failure < 3; failure += 1) backoff.recordFailure(`RT${nth}`, FAULT, 0);
    }
    const kept = Array.from({ length: 5_000 }, (_, nth) => nth).filter((nth) => backoff.check(`RT${nth}`, 0));
    expect(kept).toHaveLength(1_024);
    expect(kept.at(0)).toBe(5_000 - 1_024);
  });

  it('starts to count anew after a good answer', () => {
    const backoff = new FailureBackoff();
    for (let failure = 0; failure < 3; failure += 1) backoff.recordFailure('RT1', FAULT, 0);
    backoff.recordSuccess('RT1');
    for (let failure = 0; failure < 2; failure += 1) backoff.recordFailure('RT1', FAULT, 0);
    expect(backoff.check('RT1', 0)).toBeUndefined();
  });
});
