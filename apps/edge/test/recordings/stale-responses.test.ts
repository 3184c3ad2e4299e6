import type { RecordingStatus } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import {
  cacheStatus,
  createEdgeWithClock,
  failToConnect,
  failWithStatus,
  findDeleted,
  findRecording,
  findRenamedRecording,
} from '../support/fake-source.ts';
import { findNothing, PATH, RECORDING } from '../support/recording.ts';

describe('a stored response', () => {
  it('is fresh for 300 s, and then served stale while one request revalidates it', async () => {
    const { request, reads, clock, waitForBackground } = createEdgeWithClock(
      findRecording,
      findRenamedRecording,
    );
    await request();
    clock.skip(299_999);
    expect(cacheStatus(await request())).toBe('room-recordings; hit; ttl=0');
    clock.skip(1);
    const stale = await request();
    expect(cacheStatus(stale)).toBe('room-recordings; hit; ttl=0; detail=stale-while-revalidate');
    expect(await stale.json()).toMatchObject({ track_name: 'microphone' });
    await waitForBackground();
    expect(await (await request()).json()).toMatchObject({ track_name: 'renamed' });
    expect(reads).toHaveLength(2);
  });

  it('that is stale still gets a 304 for its ETag', async () => {
    const { request, clock } = createEdgeWithClock(findRecording);
    const { headers } = await request();
    clock.skip(400_000);
    const response = await request(PATH, { headers: { 'If-None-Match': headers.get('ETag') ?? '' } });
    expect(response.status).toBe(304);
    expect(cacheStatus(response)).toBe('room-recordings; hit; ttl=-100; detail=stale-while-revalidate');
  });

  it.each([
    { name: 'a failed connection', read: failToConnect },
    { name: 'a 500', read: failWithStatus(500) },
    { name: 'a 503', read: failWithStatus(503) },
    { name: 'a 504', read: failWithStatus(504) },
    { name: 'a 429', read: failWithStatus(429, 'rate_limited') },
  ])('is served stale after $name for 3,600 s', async ({ read }) => {
    const { request, clock } = createEdgeWithClock(findRecording, read);
    await request();
    clock.skip(3_899_999);
    const response = await request();
    expect(response.status).toBe(200);
    expect(cacheStatus(response)).toMatch(
      /^room-recordings; fwd=stale; fwd-status=50\d; detail=stale-if-error$/,
    );
    expect(response.headers.get('Age')).toBe('3899');
  });

  it.each([
    { name: 'a 401', read: failWithStatus(401, 'unauthorized'), status: 502 },
    { name: 'a 403', read: failWithStatus(403, 'forbidden'), status: 502 },
    { name: 'a 404', read: findNothing, status: 404 },
    { name: 'a 410', read: findDeleted, status: 410 },
  ])('is not served stale after $name from Twilio', async ({ read, status }) => {
    const { request, clock } = createEdgeWithClock(findRecording, read);
    await request();
    clock.skip(1_000_000);
    expect((await request()).status).toBe(status);
    expect((await request()).status).toBe(status);
  });
});

function findWithStatus(status: RecordingStatus): RecordingSource['read'] {
  return () => Promise.resolve({ ...RECORDING, status });
}

/** The greatest age of a response, in seconds: its lifetime and the longer of both stale windows. */
const MAX_AGES: readonly {
  readonly name: string;
  readonly read: RecordingSource['read'];
  readonly maxAge: number;
}[] = [
  { name: 'a processing recording', read: findWithStatus('processing'), maxAge: 5 + 60 },
  { name: 'a completed recording', read: findWithStatus('completed'), maxAge: 300 + 3_600 },
  { name: 'a failed recording', read: findWithStatus('failed'), maxAge: 3_600 + 3_600 },
  { name: 'a deleted recording', read: findWithStatus('deleted'), maxAge: 3_600 + 3_600 },
  { name: 'a 404', read: findNothing, maxAge: 10 },
  { name: 'a 410', read: findDeleted, maxAge: 300 },
];

describe('a stored response while the source is unreachable', () => {
  it.each(MAX_AGES)('for $name is served until it is $maxAge s old', async ({ read, maxAge }) => {
    const { request, clock } = createEdgeWithClock(read, failToConnect);
    const { status } = await request();
    clock.skip(maxAge * 1000 - 1);
    const last = await request();
    expect(last.status).toBe(status);
    expect(last.headers.get('Age')).toBe(String(maxAge - 1));
    clock.skip(1);
    expect((await request()).status).toBe(502);
  });

  it.each(
    MAX_AGES.flatMap((row) =>
      [130, 2.3].map((divisor) => ({ ...row, intervalMs: Math.floor((row.maxAge * 1000) / divisor) })),
    ),
  )(
    'for $name, requested every $intervalMs ms, is never older than $maxAge s',
    async ({ read, maxAge, intervalMs }) => {
      const { request, clock, waitForBackground } = createEdgeWithClock(read, failToConnect);
      const { status } = await request();
      let oldest = 0;
      for (let elapsed = 0; elapsed < maxAge * 2_000; elapsed += intervalMs) {
        clock.skip(intervalMs);
        const response = await request();
        if (response.status === status) oldest = Math.max(oldest, Number(response.headers.get('Age')));
        await waitForBackground();
      }
      expect(oldest).toBeLessThan(maxAge);
      expect(oldest).toBeGreaterThanOrEqual(Math.floor(intervalMs / 1000));
    },
  );
});
