import type { RecordingStatus } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import {
  createEntryClamp,
  DEFAULT_CACHE_LIFETIMES,
  errorCacheControl,
} from '../../src/recordings/cache-control.ts';
import { createEntry } from '../support/cache-isolates.ts';
import { failWithStatus, findDeleted } from '../support/fake-source.ts';
import { findNothing, RECORDING } from '../support/recording.ts';
import { createTestEdge, sendRawTo } from '../support/test-edge.ts';

const LIFETIMES: readonly { readonly status: RecordingStatus; readonly cacheControl: string }[] = [
  { status: 'processing', cacheControl: 'public, max-age=5, stale-while-revalidate=5, stale-if-error=60' },
  {
    status: 'completed',
    cacheControl: 'public, max-age=300, stale-while-revalidate=600, stale-if-error=3600',
  },
  {
    status: 'failed',
    cacheControl: 'public, max-age=3600, stale-while-revalidate=3600, stale-if-error=3600',
  },
  { status: 'deleted', cacheControl: 'public, max-age=3600, stale-if-error=3600' },
];

/** Directives with which a cache between the edge and its client may not serve a stale response. */
const FORBIDS_STALE = /s-maxage|must-revalidate|proxy-revalidate|no-cache/;

describe('Cache-Control', () => {
  it.each(LIFETIMES)('of a $status recording is "$cacheControl"', async ({ status, cacheControl }) => {
    const edge = createTestEdge(() => Promise.resolve({ ...RECORDING, status }));
    for (const request of [{}, {}, { method: 'HEAD' }, { fields: ['If-None-Match: *'] }]) {
      const response = await sendRawTo(edge, request);
      expect(response.headerValues('cache-control')).toEqual([cacheControl]);
      expect(cacheControl).not.toMatch(FORBIDS_STALE);
    }
  });

  it.each([
    { status: 404, read: findNothing, cacheControl: 'public, max-age=10' },
    { status: 410, read: findDeleted, cacheControl: 'public, max-age=300' },
    { status: 502, read: failWithStatus(500), cacheControl: 'no-store' },
    { status: 503, read: failWithStatus(503), cacheControl: 'no-store' },
  ])('of a $status is "$cacheControl"', async ({ status, read, cacheControl }) => {
    const edge = createTestEdge(read);
    for (const method of ['GET', 'HEAD']) {
      const response = await sendRawTo(edge, { method });
      expect(response.status).toBe(status);
      expect(response.headerValues('cache-control')).toEqual([cacheControl]);
    }
  });

  it('of a completed recording uses LIFETIME_COMPLETED', async () => {
    const edge = createTestEdge(undefined, { LIFETIME_COMPLETED: '7/0/0' });
    expect((await sendRawTo(edge)).headerValues('cache-control')).toEqual(['public, max-age=7']);
  });
});

describe('createEntryClamp()', () => {
  const lifetime = (seconds: number) => ({ fresh: seconds, whileRevalidate: seconds, ifError: seconds });
  const clamp = createEntryClamp({
    processing: lifetime(2),
    completed: lifetime(3),
    failed: lifetime(3),
    deleted: lifetime(3),
    notFound: lifetime(1),
    gone: lifetime(1),
    list: lifetime(9),
  });

  it.each([
    { name: 'a list', body: { recordings: [{ status: 'completed' }] }, seconds: [9, 9, 9] },
    {
      name: 'a list with a recording that is processing',
      body: { recordings: [{ status: 'completed' }, { status: 'processing' }] },
      seconds: [2, 2, 2],
    },
    { name: 'an empty list', body: { recordings: [] }, seconds: [1, 1, 1] },
    { name: 'a timeline', body: { tracks: [{ status: 'completed', reason: null }] }, seconds: [9, 9, 9] },
    {
      name: 'a timeline with a file that was not read yet',
      body: { tracks: [{ status: 'completed', reason: 'pending' }] },
      seconds: [5, 5, 9],
    },
    { name: 'an empty timeline', body: { tracks: [] }, seconds: [1, 1, 1] },
  ])('limits the lifetime of $name', ({ body, seconds }) => {
    const { variants } = createEntry(JSON.stringify(body));
    const long = { lifetime: 60, staleWhileRevalidate: 60, staleIfError: 60 };
    const clamped = clamp({ variants: variants.map((stored) => ({ ...stored, ...long })) });
    expect(
      clamped?.variants.map(({ lifetime: fresh, staleWhileRevalidate, staleIfError }) => [
        fresh,
        staleWhileRevalidate,
        staleIfError,
      ]),
    ).toEqual([seconds]);
  });
});

it.each([{ status: 400 }, { status: 412 }, { status: 500 }, { status: 504 }])(
  'errorCacheControl() returns no-store for a $status',
  ({ status }) => {
    expect(errorCacheControl(status, DEFAULT_CACHE_LIFETIMES)).toBe('no-store');
  },
);
