import type { RecordingStatus } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import {
  createEdgeWithClock,
  cacheStatus,
  findRecording,
  findDeleted,
  failWithStatus,
  findRenamedRecording,
  failToConnect,
} from '../support/fake-source.ts';
import { findNothing, PATH, RECORDING } from '../support/recording.ts';

describe('a recording that has become stale', () => {
  it('R29, R38: is fresh until 300 s, and at 300 s answered at once and refreshed once behind', async () => {
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

  it('R02: answers 304 while it is stale, too', async () => {
    const { request, clock } = createEdgeWithClock(findRecording);
    const { headers } = await request();
    clock.skip(400_000);
    const response = await request(PATH, { headers: { 'If-None-Match': headers.get('ETag') ?? '' } });
    expect(response.status).toBe(304);
    expect(cacheStatus(response)).toBe('room-recordings; hit; ttl=-100; detail=stale-while-revalidate');
  });

  it.each([
    ['no connection', failToConnect],
    ['500', failWithStatus(500)],
    ['503', failWithStatus(503)],
    ['504', failWithStatus(504)],
    ['429', failWithStatus(429, 'rate_limited')],
  ])('R39: is answered over an outage: %s', async (_what, act) => {
    const { request, clock } = createEdgeWithClock(findRecording, act);
    await request();
    clock.skip(3_899_999);
    const response = await request();
    expect(response.status).toBe(200);
    expect(cacheStatus(response)).toMatch(
      /^room-recordings; fwd=stale; fwd-status=50\d; detail=stale-if-error$/,
    );
    expect(response.headers.get('Age')).toBe('3899');
  });

  it('R39, S80: and is not, once 3,600 s of staleness are over', async () => {
    const { request, clock } = createEdgeWithClock(findRecording, failToConnect);
    await request();
    clock.skip(3_900_000);
    expect((await request()).status).toBe(502);
  });

  it.each([
    ['401', failWithStatus(401, 'unauthorized'), 502],
    ['403', failWithStatus(403, 'forbidden'), 502],
    ['404', findNothing, 404],
    ['410', findDeleted, 410],
  ])('R40, R41: is gone as soon as the source says %s', async (_what, act, status) => {
    const { request, clock } = createEdgeWithClock(findRecording, act);
    await request();
    clock.skip(1_000_000);
    expect((await request()).status).toBe(status);
    expect((await request()).status).toBe(status);
  });
});

/** What the source says at first, and how old that may become, seconds: fresh, and the longer of both stale windows. */
const BOUNDS: readonly (readonly [string, RecordingSource['read'], number])[] = [
  ['processing', described('processing'), 5 + 60],
  ['completed', described('completed'), 300 + 3_600],
  ['failed', described('failed'), 3_600 + 3_600],
  ['deleted', described('deleted'), 3_600 + 3_600],
  ['404', findNothing, 10],
  ['410', findDeleted, 300],
];

function described(status: RecordingStatus): RecordingSource['read'] {
  return () => Promise.resolve({ ...RECORDING, status });
}

describe('the oldest answer', () => {
  it.each(BOUNDS)(
    'S80: to %s is given until the last millisecond, and not after',
    async (_what, act, bound) => {
      const { request, clock } = createEdgeWithClock(act, failToConnect);
      const { status } = await request();
      clock.skip(bound * 1000 - 1);
      const last = await request();
      expect(last.status).toBe(status);
      expect(last.headers.get('Age')).toBe(String(bound - 1));
      clock.skip(1);
      expect((await request()).status).toBe(502);
    },
  );

  const steps = BOUNDS.flatMap(([what, act, bound]) =>
    [130, 2.3].map((times) => [what, Math.floor((bound * 1000) / times), act, bound] as const),
  );

  it.each(steps)(
    'S80: to %s, asked each %i ms, is never older than it may be while the source is down',
    async (_what, step, act, bound) => {
      const { request, clock, waitForBackground } = createEdgeWithClock(act, failToConnect);
      const { status } = await request();
      let oldest = 0;
      for (let waited = 0; waited < bound * 2_000; waited += step) {
        clock.skip(step);
        const response = await request();
        if (response.status === status) oldest = Math.max(oldest, Number(response.headers.get('Age')));
        await waitForBackground();
      }
      expect(oldest).toBeLessThan(bound);
      expect(oldest).toBeGreaterThanOrEqual(Math.floor(step / 1000));
    },
  );
});
