import { describe, expect, it } from 'vitest';
import {
  errorCacheControl,
  recordingCacheControl,
  DEFAULT_CACHE_LIFETIMES,
} from '../../src/recordings/cache-control.ts';

describe('freshnessOfRecording', () => {
  it.each([
    ['processing', 'public, max-age=5, stale-while-revalidate=5, stale-if-error=60'],
    ['completed', 'public, max-age=300, stale-while-revalidate=600, stale-if-error=3600'],
    ['failed', 'public, max-age=3600, stale-while-revalidate=3600, stale-if-error=3600'],
    ['deleted', 'public, max-age=3600, stale-if-error=3600'],
  ] as const)('R32, R37: %s is "%s"', (status, cacheControl) => {
    expect(recordingCacheControl(status, DEFAULT_CACHE_LIFETIMES)).toBe(cacheControl);
  });
});

describe('freshnessOfError', () => {
  it.each([
    [404, 'public, max-age=10'],
    [410, 'public, max-age=300'],
    [400, 'no-store'],
    [412, 'no-store'],
    [500, 'no-store'],
    [502, 'no-store'],
    [503, 'no-store'],
    [504, 'no-store'],
  ])('R41, R42: %i is "%s"', (status, cacheControl) => {
    expect(errorCacheControl(status, DEFAULT_CACHE_LIFETIMES)).toBe(cacheControl);
  });
});
