import { describe, expect, it } from 'vitest';
import { aged, cacheStatus, found, gone, missing, refuse, renamed, unreachable } from './acts.ts';
import { PATH } from './recording.ts';

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

describe('the oldest answer', () => {
  it.each([
    [30_000, 'often'],
    [1_700_000, 'seldom'],
  ])('S80: is never older than 3,900 s, asked each %i ms, while the source is down', async (step) => {
    const { ask, clock, settle } = aged(found, unreachable);
    await ask();
    let oldest = 0;
    for (let waited = 0; waited < 8_000_000; waited += step) {
      clock.skip(step);
      const response = await ask();
      if (response.status === 200) oldest = Math.max(oldest, Number(response.headers.get('Age')));
      await settle();
    }
    expect(oldest).toBeLessThan(3_900);
    expect(oldest).toBeGreaterThan(1_700 - 1);
  });
});
