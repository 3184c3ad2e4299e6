import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import {
  tokenStatus,
  createRoomsEdge,
  recordingPath,
  roomResponse,
  createRoomSid,
  type RoomsEdge,
} from './helpers.ts';
import { createTwilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const DAILY = Object.fromEntries([1, 2, 3, 4, 5, 6].map((nth) => [createRoomSid(nth), 'daily']));
const createDailyToken = () => createTwilioToken({ room: 'daily' });
const missingRoomPath = (nth: number) => recordingPath(createRoomSid(0xdead00 + nth));
/** Creates a token of `daily` whose signature is verified and cached: the clock of a test does not wait for a verification. */
async function createCachedToken(edge: RoomsEdge): Promise<string> {
  const token = createTwilioToken({ room: 'daily' });
  expect(await tokenStatus(edge, token, recordingPath(createRoomSid(6)))).toBe('200');
  return token;
}
const times = (count: number) => Array.from({ length: count }, (_, nth) => nth);

describe('the room lookups of a token', () => {
  it('stop if the token was denied four rooms in 30 seconds, and continue for other tokens', async () => {
    const edge = createRoomsEdge(DAILY);
    const token = createDailyToken();
    const results: string[] = [];
    for (const nth of times(20)) results.push(await tokenStatus(edge, token, missingRoomPath(nth)));
    expect(results).toEqual(times(20).map((nth) => (nth < 4 ? '403 forbidden' : '503 auth_unavailable')));
    expect(edge.lookups).toHaveLength(4);
    expect(
      await tokenStatus(edge, createTwilioToken({ room: 'daily', ttl: 60 }), recordingPath(createRoomSid(1))),
    ).toBe('200');
    edge.clock.skip(29_999);
    expect(await tokenStatus(edge, token, missingRoomPath(20))).toBe('503 auth_unavailable');
    edge.clock.skip(1);
    expect(await tokenStatus(edge, token, missingRoomPath(20))).toBe('403 forbidden');
  });

  it('stop after four denied rooms, also for concurrent requests and other spellings of Authorization', async () => {
    const edge = createRoomsEdge(DAILY);
    const token = createDailyToken();
    const results = await Promise.all(times(20).map((nth) => tokenStatus(edge, token, missingRoomPath(nth))));
    expect(results.filter((result) => result === '403 forbidden')).toHaveLength(4);
    expect(edge.lookups).toHaveLength(4);
    const headers = { Authorization: `bearer   ${token}` };
    expect((await edge.request(missingRoomPath(21), { headers })).status).toBe(503);
    expect(edge.lookups).toHaveLength(4);
    expect(edge.clock.pending()).toBe(0);
  });

  it('do not count against the limit if the token grants the room', async () => {
    const edge = createRoomsEdge(DAILY);
    const token = createDailyToken();
    for (const nth of times(3)) await tokenStatus(edge, token, missingRoomPath(nth));
    for (const nth of [1, 2, 3, 4, 5, 6])
      expect(await tokenStatus(edge, token, recordingPath(createRoomSid(nth)))).toBe('200');
    expect(await tokenStatus(edge, token, missingRoomPath(3))).toBe('403 forbidden');
    expect(await tokenStatus(edge, token, recordingPath(createRoomSid(1)))).toBe('200');
    expect(edge.lookups).toHaveLength(10);
  });

  it('run four at a time, and do not deny a room that the token grants', async () => {
    const edge = createRoomsEdge(DAILY);
    const token = await createCachedToken(edge);
    const release: (() => void)[] = [];
    edge.respondToRooms(async (sid) => {
      await new Promise<void>((resolve) => release.push(resolve));
      return roomResponse(sid, { unique_name: 'daily' });
    });
    const pending = [1, 2, 3, 4, 5].map((nth) => tokenStatus(edge, token, recordingPath(createRoomSid(nth))));
    await edge.clock.advance(0);
    expect(edge.lookups).toHaveLength(1 + 4);
    release[2]?.();
    await edge.clock.advance(0);
    expect(edge.lookups).toHaveLength(1 + 5);
    for (let nth = 0; nth < release.length; nth += 1) {
      release[nth]?.();
      await edge.clock.advance(0);
    }
    expect(await Promise.all(pending)).toEqual(times(5).map(() => '200'));
    expect(edge.clock.pending()).toBe(0);
  });

  it('are shared by the recordings of one room', async () => {
    const edge = createRoomsEdge(DAILY);
    const token = createDailyToken();
    const ofEach = (paths: readonly string[]) =>
      Promise.all(paths.map((path) => tokenStatus(edge, token, path)));
    const recordings = (nth: number) =>
      times(5).map((other) => recordingPath(createRoomSid(nth), `RT${'b'.repeat(30)}${10 + other}`));
    expect(await ofEach([1, 2, 3, 4, 5].flatMap(recordings))).toEqual(times(25).map(() => '200'));
    expect(edge.lookups).toHaveLength(5);
    edge.clock.skip(1_000);
    expect(await ofEach(times(10).map(() => missingRoomPath(1)))).toEqual(
      times(10).map(() => '403 forbidden'),
    );
    for (const nth of [2, 3, 4])
      expect(await tokenStatus(edge, token, missingRoomPath(nth))).toBe('403 forbidden');
    expect(await tokenStatus(edge, token, missingRoomPath(5))).toBe('503 auth_unavailable');
    expect(await tokenStatus(edge, token, missingRoomPath(1))).toBe('403 forbidden');
    expect(edge.lookups).toHaveLength(5 + 4);
  });

  it('time out after five seconds if none of them ends', async () => {
    const edge = createRoomsEdge(DAILY);
    const token = await createCachedToken(edge);
    edge.respondToRooms(() => new Promise(() => undefined));
    const pending = [1, 2, 3, 4, 5].map((nth) => tokenStatus(edge, token, recordingPath(createRoomSid(nth))));
    await edge.clock.advance(5_000);
    expect(await Promise.all(pending)).toEqual(times(5).map(() => '503 auth_unavailable'));
    expect(edge.lookups).toHaveLength(1 + 4);
    await edge.clock.advance(5_000);
    expect(edge.clock.pending()).toBe(0);
  });

  it('count against the 40 calls per second of the account together with reads', async () => {
    const edge = createRoomsEdge(DAILY);
    const [token, other] = [createDailyToken(), createTwilioToken({ room: 'weekly' })];
    await tokenStatus(edge, token, recordingPath(createRoomSid(1)));
    expect(await tokenStatus(edge, other, recordingPath(createRoomSid(1)))).toBe('403 forbidden');
    for (const nth of times(37)) {
      await tokenStatus(edge, token, recordingPath(createRoomSid(1), `RT${'b'.repeat(30)}${10 + nth}`));
    }
    // The lookup is the fortieth call, and the read would be one more.
    expect(await tokenStatus(edge, token, recordingPath(createRoomSid(2)))).toBe('429 rate_limited');
    const pending = tokenStatus(edge, other, missingRoomPath(1));
    await edge.clock.advance(900);
    expect([edge.lookups.length, edge.reads.length]).toEqual([2, 38]);
    await edge.clock.advance(100);
    expect(await pending).toBe('403 forbidden');
    expect(await tokenStatus(edge, token, recordingPath(createRoomSid(2)))).toBe('200');
  });
});
