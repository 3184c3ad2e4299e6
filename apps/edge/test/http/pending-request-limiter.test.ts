import { describe, expect, it } from 'vitest';
import { PendingRequestLimiter } from '../../src/http/pending-request-limiter.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { JWT_ACCESS, jwt, makeKey } from '../auth/tokens.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, RECORDING, ROOM_SID } from '../support/recording.ts';

const OTHER = `/v1/Rooms/${ROOM_SID}/Recordings/RT${'b'.repeat(32)}`;

const THIRD = OTHER.replace(/b{32}$/, 'c'.repeat(32));

/** Creates an edge on a fake clock, in which two requests may be pending. */
function createLimitedEdge(
  read: RecordingSource['read'],
  variables: Readonly<Record<string, string>> = {},
  fetch: () => Promise<Response> = () => Promise.reject(new TypeError('fetch failed')),
) {
  const clock = createFakeClock();
  return {
    clock,
    ...createInProcessEdge({ source: { read }, variables, services: { ...clock, fetch, maxWaiting: 2 } }),
  };
}

/** A source whose reads wait until they are released. */
function heldSource(): { readonly read: RecordingSource['read']; release(): void } {
  const held: (() => void)[] = [];
  return {
    read: async ({ sid }) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return { ...RECORDING, sid };
    },
    release: () => {
      for (const resolve of held.splice(0)) resolve();
    },
  };
}

describe('when as many requests wait as may', () => {
  it.each([
    { name: 'the same recording', path: PATH },
    { name: 'another one', path: OTHER },
  ])('a read of $name is refused at once, and those that wait are answered', async ({ path }) => {
    const source = heldSource();
    const { clock, request } = createLimitedEdge(source.read);
    const waiting = [request(PATH), request(PATH)];
    await clock.advance(0);
    const refused = request(path);
    await clock.advance(0);
    const { status, headers } = await refused;
    expect(status).toBe(503);
    expect(headers.get('Retry-After')).toBe('1');
    expect(headers.get('Cache-Status')).toBe('room-recordings; detail=overloaded');
    source.release();
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    expect((await request(PATH)).status).toBe(200);
  });

  it('a stored response is served, fresh or stale', async () => {
    let isHeld = false;
    const source = heldSource();
    const { clock, request } = createLimitedEdge(async (id) => (isHeld ? source.read(id) : RECORDING));
    await request(PATH);
    isHeld = true;
    const first = [request(OTHER), request(OTHER)];
    await clock.advance(0);
    expect((await request(PATH)).status).toBe(200);
    source.release();
    await Promise.all(first);
    clock.skip(400_000);
    const waiting = [request(THIRD), request(THIRD)];
    await clock.advance(0);
    const stale = await request(PATH);
    expect(stale.headers.get('Cache-Status')).toBe('room-recordings; hit; ttl=-100; detail=overloaded');
    source.release();
    await Promise.all(waiting);
  });

  it('a request whose access takes time to decide is refused', async () => {
    const key = await makeKey('RS256', 'rsa');
    const { clock, request } = createLimitedEdge(
      async () => RECORDING,
      JWT_ACCESS,
      () => new Promise(() => undefined),
    );
    const headers = { authorization: `Bearer ${await jwt(key)}` };
    const waiting = [request(PATH, { headers }), request(PATH, { headers })];
    await clock.advance(0);
    const refused = await request(PATH, { headers });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: 'overloaded' });
    await clock.advance(5_000);
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(503);
  });
});

describe('`WaitingLimit`', () => {
  /** A limit of 80 requests, of which 10 are for other callers. */
  function makeLimit() {
    let now = 0;
    const limit = new PendingRequestLimiter(() => now, 80);
    const ends: (() => void)[] = [];
    return {
      limit,
      pass: (ms: number) => (now += ms),
      hold(caller: string, requests: number) {
        for (let nth = 0; nth < requests; nth += 1) {
          void limit.hold(caller, () => new Promise<void>((resolve) => ends.push(resolve)));
        }
      },
      async end() {
        for (const resolve of ends.splice(0)) resolve();
        await Promise.resolve();
        await Promise.resolve();
      },
    };
  }

  it('lets a lone caller wait with all requests but those that are reserved for others', () => {
    const { limit, hold } = makeLimit();
    hold('one', 69);
    expect(limit.refusal('one')).toBeUndefined();
    hold('one', 1);
    expect(limit.refusal('one')).toBe('overloaded');
    expect(limit.refusal('other')).toBeUndefined();
  });

  it('refuses the caller that has more than its share once others wait, too', () => {
    const { limit, hold } = makeLimit();
    hold('one', 45);
    hold('other', 5);
    expect(limit.refusal('one')).toBe('rate_limited');
    expect(limit.refusal('other')).toBeUndefined();
    expect(limit.refusal('third')).toBeUndefined();
  });

  it('leaves the reserved places to callers with few requests, however many callers share the others', () => {
    const { limit, hold } = makeLimit();
    for (let nth = 0; nth < 7; nth += 1) hold(`caller ${nth}`, 10);
    expect(limit.refusal('caller 0')).toBe('rate_limited');
    expect(limit.refusal('new')).toBeUndefined();
    hold('few', 7);
    expect(limit.refusal('few')).toBeUndefined();
  });

  it('keeps two callers from filling the places of a third', () => {
    const { limit, hold } = makeLimit();
    for (let nth = 0; nth < 80; nth += 1) {
      for (const caller of ['one', 'other']) if (limit.refusal(caller) === undefined) hold(caller, 1);
    }
    expect(limit.refusal('one')).toBe('rate_limited');
    expect(limit.isFull()).toBe(false);
    expect(limit.refusal('third')).toBeUndefined();
  });

  it('refuses nobody below half of the limit', () => {
    const { limit, hold } = makeLimit();
    hold('one', 38);
    hold('other', 1);
    expect(limit.refusal('one')).toBeUndefined();
  });

  it('refuses everybody at the limit', () => {
    const { limit, hold } = makeLimit();
    for (let nth = 0; nth < 80; nth += 1) hold(`caller ${nth}`, 1);
    expect(limit.isFull()).toBe(true);
    expect(limit.refusal('new')).toBe('overloaded');
  });

  it('has room again when requests have ended, whether their work failed or not', async () => {
    const { limit, hold, end } = makeLimit();
    hold('one', 70);
    const failed = limit.hold('one', () => Promise.reject(new Error('failed')));
    await expect(failed).rejects.toThrow('failed');
    await end();
    expect(limit.refusal('one')).toBeUndefined();
    hold('one', 69);
    expect(limit.refusal('one')).toBeUndefined();
  });

  it('forgets requests that ended without a trace, as those of clients that left do on Workers', () => {
    const { limit, hold, pass } = makeLimit();
    hold('one', 70);
    pass(16_499);
    expect(limit.refusal('one')).toBe('overloaded');
    pass(1);
    expect(limit.refusal('one')).toBeUndefined();
    expect(limit.isFull()).toBe(false);
  });
});
