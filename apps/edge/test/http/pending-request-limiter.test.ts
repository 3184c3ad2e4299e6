import { describe, expect, it } from 'vitest';
import { PendingRequestLimiter } from '../../src/http/pending-request-limiter.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { JWT_ACCESS, signJwt, createIssuerKey } from '../auth/tokens.ts';
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
    ...createInProcessEdge({
      source: { read },
      variables,
      services: { ...clock, fetch, maxPendingRequests: 2 },
    }),
  };
}

/** Creates a source whose reads wait until `release()` is called. */
function createHeldSource(): { readonly read: RecordingSource['read']; release(): void } {
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

describe('an edge at its limit of pending requests', () => {
  it.each([
    { name: 'the same recording', path: PATH },
    { name: 'another recording', path: OTHER },
  ])('rejects a request for $name at once with a 503, and completes the pending ones', async ({ path }) => {
    const source = createHeldSource();
    const { clock, request } = createLimitedEdge(source.read);
    const pending = [request(PATH), request(PATH)];
    await clock.advance(0);
    const refused = request(path);
    await clock.advance(0);
    const { status, headers } = await refused;
    expect(status).toBe(503);
    expect(headers.get('Retry-After')).toBe('1');
    expect(headers.get('Cache-Status')).toBe('room-recordings; detail=overloaded');
    source.release();
    for (const response of await Promise.all(pending)) expect(response.status).toBe(200);
    expect((await request(PATH)).status).toBe(200);
  });

  it('serves a stored response, fresh or stale', async () => {
    let isHeld = false;
    const source = createHeldSource();
    const { clock, request } = createLimitedEdge(async (id) => (isHeld ? source.read(id) : RECORDING));
    await request(PATH);
    isHeld = true;
    const first = [request(OTHER), request(OTHER)];
    await clock.advance(0);
    expect((await request(PATH)).status).toBe(200);
    source.release();
    await Promise.all(first);
    clock.skip(400_000);
    const pending = [request(THIRD), request(THIRD)];
    await clock.advance(0);
    const stale = await request(PATH);
    expect(stale.headers.get('Cache-Status')).toBe('room-recordings; hit; ttl=-100; detail=overloaded');
    source.release();
    await Promise.all(pending);
  });

  it('rejects a request whose authorization would have to wait', async () => {
    const key = await createIssuerKey('RS256', 'rsa');
    const { clock, request } = createLimitedEdge(
      async () => RECORDING,
      JWT_ACCESS,
      () => new Promise(() => undefined),
    );
    const headers = { authorization: `Bearer ${await signJwt(key)}` };
    const pending = [request(PATH, { headers }), request(PATH, { headers })];
    await clock.advance(0);
    const refused = await request(PATH, { headers });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: 'overloaded' });
    await clock.advance(5_000);
    for (const response of await Promise.all(pending)) expect(response.status).toBe(503);
  });
});

describe('PendingRequestLimiter', () => {
  /** Creates a limiter of 80 requests, of which 10 are reserved for other clients. */
  function createLimiter() {
    let now = 0;
    const limit = new PendingRequestLimiter(() => now, 80);
    const ends: (() => void)[] = [];
    return {
      limit,
      advance: (ms: number) => (now += ms),
      hold(client: string, requests: number) {
        for (let index = 0; index < requests; index += 1) {
          void limit.run(client, () => new Promise<void>((resolve) => ends.push(resolve)));
        }
      },
      async end() {
        for (const resolve of ends.splice(0)) resolve();
        await Promise.resolve();
        await Promise.resolve();
      },
    };
  }

  it('allows a single client all requests that are not reserved for others', () => {
    const { limit, hold } = createLimiter();
    hold('one', 69);
    expect(limit.check('one')).toBeUndefined();
    hold('one', 1);
    expect(limit.check('one')).toBe('overloaded');
    expect(limit.check('other')).toBeUndefined();
  });

  it('rejects a client with more than its share if other clients have pending requests', () => {
    const { limit, hold } = createLimiter();
    hold('one', 45);
    hold('other', 5);
    expect(limit.check('one')).toBe('rate_limited');
    expect(limit.check('other')).toBeUndefined();
    expect(limit.check('third')).toBeUndefined();
  });

  it('keeps the reserved requests for clients with few requests', () => {
    const { limit, hold } = createLimiter();
    for (let index = 0; index < 7; index += 1) hold(`client ${index}`, 10);
    expect(limit.check('client 0')).toBe('rate_limited');
    expect(limit.check('new')).toBeUndefined();
    hold('few', 7);
    expect(limit.check('few')).toBeUndefined();
  });

  it('prevents two clients from using the requests of a third', () => {
    const { limit, hold } = createLimiter();
    for (let index = 0; index < 80; index += 1) {
      for (const client of ['one', 'other']) if (limit.check(client) === undefined) hold(client, 1);
    }
    expect(limit.check('one')).toBe('rate_limited');
    expect(limit.isFull()).toBe(false);
    expect(limit.check('third')).toBeUndefined();
  });

  it('rejects no client below half of the limit', () => {
    const { limit, hold } = createLimiter();
    hold('one', 38);
    hold('other', 1);
    expect(limit.check('one')).toBeUndefined();
  });

  it('rejects every client at the limit', () => {
    const { limit, hold } = createLimiter();
    for (let index = 0; index < 80; index += 1) hold(`client ${index}`, 1);
    expect(limit.isFull()).toBe(true);
    expect(limit.check('new')).toBe('overloaded');
  });

  it('allows requests again when others have ended, also with an error', async () => {
    const { limit, hold, end } = createLimiter();
    hold('one', 70);
    const failed = limit.run('one', () => Promise.reject(new Error('failed')));
    await expect(failed).rejects.toThrow('failed');
    await end();
    expect(limit.check('one')).toBeUndefined();
    hold('one', 69);
    expect(limit.check('one')).toBeUndefined();
  });

  it('stops counting a request after 16.5 s, because on Workers it may never settle if its client has left', () => {
    const { limit, hold, advance } = createLimiter();
    hold('one', 70);
    advance(16_499);
    expect(limit.check('one')).toBe('overloaded');
    advance(1);
    expect(limit.check('one')).toBeUndefined();
    expect(limit.isFull()).toBe(false);
  });
});
