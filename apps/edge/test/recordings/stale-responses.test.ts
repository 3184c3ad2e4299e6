import type { RecordingStatus } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import {
  aged,
  cacheStatus,
  found,
  gone,
  missing,
  refuse,
  renamed,
  unreachable,
} from '../support/fake-source.ts';
import { PATH, RECORDING } from '../support/recording.ts';

describe('a recording that has become stale', () => {
  it('R29, R38: is fresh until 300 s, and at 300 s answered at once and refreshed once behind', async () => {
    const { ask, reads, clock, settle } = aged(found, renamed);
    await ask();
    clock.skip(299_999);
    expect(cacheStatus(await ask())).toBe('room-recordings; hit; ttl=0');
    clock.skip(1);
    const stale = await ask();
    expect(cacheStatus(stale)).toBe('room-recordings; hit; ttl=0; detail=stale-while-revalidate');
    expect(await stale.json()).toMatchObject({ track_name: 'microphone' });
    await settle();
    expect(await (await ask()).json()).toMatchObject({ track_name: 'renamed' });
    expect(reads).toHaveLength(2);
  });

  it('R02: answers 304 while it is stale, too', async () => {
    const { ask, clock } = aged(found);
    const { headers } = await ask();
    clock.skip(400_000);
    const response = await ask(PATH, { headers: { 'If-None-Match': headers.get('ETag') ?? '' } });
    expect(response.status).toBe(304);
    expect(cacheStatus(response)).toBe('room-recordings; hit; ttl=-100; detail=stale-while-revalidate');
  });

  it.each([
    ['no connection', unreachable],
    ['500', refuse(500)],
    ['503', refuse(503)],
    ['504', refuse(504)],
    ['429', refuse(429, 'rate_limited')],
  ])('R39: is answered over an outage: %s', async (_what, act) => {
    const { ask, clock } = aged(found, act);
    await ask();
    clock.skip(3_899_999);
    const response = await ask();
    expect(response.status).toBe(200);
    expect(cacheStatus(response)).toMatch(
      /^room-recordings; fwd=stale; fwd-status=50\d; detail=stale-if-error$/,
    );
    expect(response.headers.get('Age')).toBe('3899');
  });

  it('R39, S80: and is not, once 3,600 s of staleness are over', async () => {
    const { ask, clock } = aged(found, unreachable);
    await ask();
    clock.skip(3_900_000);
    expect((await ask()).status).toBe(502);
  });

  it.each([
    ['401', refuse(401, 'unauthorized'), 502],
    ['403', refuse(403, 'forbidden'), 502],
    ['404', missing, 404],
    ['410', gone, 410],
  ])('R40, R41: is gone as soon as the source says %s', async (_what, act, status) => {
    const { ask, clock } = aged(found, act);
    await ask();
    clock.skip(1_000_000);
    expect((await ask()).status).toBe(status);
    expect((await ask()).status).toBe(status);
  });
});

/** What the source says at first, and how old that may become, seconds: fresh, and the longer of both stale windows. */
const BOUNDS: readonly (readonly [string, RecordingSource['read'], number])[] = [
  ['processing', described('processing'), 5 + 60],
  ['completed', described('completed'), 300 + 3_600],
  ['failed', described('failed'), 3_600 + 3_600],
  ['deleted', described('deleted'), 3_600 + 3_600],
  ['404', missing, 10],
  ['410', gone, 300],
];

function described(status: RecordingStatus): RecordingSource['read'] {
  return () => Promise.resolve({ ...RECORDING, status });
}

describe('the oldest answer', () => {
  it.each(BOUNDS)(
    'S80: to %s is given until the last millisecond, and not after',
    async (_what, act, bound) => {
      const { ask, clock } = aged(act, unreachable);
      const { status } = await ask();
      clock.skip(bound * 1000 - 1);
      const last = await ask();
      expect(last.status).toBe(status);
      expect(last.headers.get('Age')).toBe(String(bound - 1));
      clock.skip(1);
      expect((await ask()).status).toBe(502);
    },
  );

  const steps = BOUNDS.flatMap(([what, act, bound]) =>
    [130, 2.3].map((times) => [what, Math.floor((bound * 1000) / times), act, bound] as const),
  );

  it.each(steps)(
    'S80: to %s, asked each %i ms, is never older than it may be while the source is down',
    async (_what, step, act, bound) => {
      const { ask, clock, settle } = aged(act, unreachable);
      const { status } = await ask();
      let oldest = 0;
      for (let waited = 0; waited < bound * 2_000; waited += step) {
        clock.skip(step);
        const response = await ask();
        if (response.status === status) oldest = Math.max(oldest, Number(response.headers.get('Age')));
        await settle();
      }
      expect(oldest).toBeLessThan(bound);
      expect(oldest).toBeGreaterThanOrEqual(Math.floor(step / 1000));
    },
  );
});
