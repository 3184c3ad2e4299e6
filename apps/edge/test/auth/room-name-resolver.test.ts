import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { askWith, judge } from './asking.ts';
import { openRooms, pathIn, room, roomOf, type Rooms } from './rooms.ts';
import { twilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const DAILY = Object.fromEntries([1, 2, 3, 4, 5, 6].map((nth) => [roomOf(nth), 'daily']));
const daily = () => twilioToken({ room: 'daily' });
const invented = (nth: number) => pathIn(roomOf(0xdead00 + nth));
/** Creates a token of `daily` whose signature is verified and cached: the clock of a test does not wait for a verification. */
async function createCachedToken(edge: Rooms): Promise<string> {
  const token = twilioToken({ room: 'daily' });
  expect(await judge(edge, token, pathIn(roomOf(6)))).toBe('200');
  return token;
}
const times = (count: number) => Array.from({ length: count }, (_, nth) => nth);

describe('the room lookups of a token', () => {
  it('stop after four denied rooms in 30 seconds, and do not affect other tokens', async () => {
    const edge = openRooms(DAILY);
    const token = daily();
    const outcomes: string[] = [];
    for (const nth of times(20)) outcomes.push(await judge(edge, token, invented(nth)));
    expect(outcomes).toEqual(times(20).map((nth) => (nth < 4 ? '403 forbidden' : '503 auth_unavailable')));
    expect(edge.lookUps).toHaveLength(4);
    expect(await judge(edge, twilioToken({ room: 'daily', ttl: 60 }), pathIn(roomOf(1)))).toBe('200');
    edge.clock.skip(29_999);
    expect(await judge(edge, token, invented(20))).toBe('503 auth_unavailable');
    edge.clock.skip(1);
    expect(await judge(edge, token, invented(20))).toBe('403 forbidden');
  });

  it('stop after four denied rooms, also if they are concurrent or Authorization has another spelling', async () => {
    const edge = openRooms(DAILY);
    const token = daily();
    const outcomes = await Promise.all(times(20).map((nth) => judge(edge, token, invented(nth))));
    expect(outcomes.filter((result) => result === '403 forbidden')).toHaveLength(4);
    expect(edge.lookUps).toHaveLength(4);
    const headers = { Authorization: `bearer   ${token}` };
    expect((await edge.request(invented(21), { headers })).status).toBe(503);
    expect(edge.lookUps).toHaveLength(4);
    expect(edge.clock.pending()).toBe(0);
  });

  it('do not count against the limit if the token grants the room', async () => {
    const edge = openRooms(DAILY);
    const token = daily();
    for (const nth of times(3)) await judge(edge, token, invented(nth));
    for (const nth of [1, 2, 3, 4, 5, 6]) expect(await judge(edge, token, pathIn(roomOf(nth)))).toBe('200');
    expect(await judge(edge, token, invented(3))).toBe('403 forbidden');
    expect(await judge(edge, token, pathIn(roomOf(1)))).toBe('200');
    expect(edge.lookUps).toHaveLength(10);
  });

  it('run four at a time, and all granted rooms are granted', async () => {
    const edge = openRooms(DAILY);
    const token = await createCachedToken(edge);
    const release: (() => void)[] = [];
    edge.playRooms(async (sid) => {
      await new Promise<void>((resolve) => release.push(resolve));
      return room(sid, { unique_name: 'daily' });
    });
    const pending = [1, 2, 3, 4, 5].map((nth) => judge(edge, token, pathIn(roomOf(nth))));
    await edge.clock.advance(0);
    expect(edge.lookUps).toHaveLength(1 + 4);
    release[2]?.();
    await edge.clock.advance(0);
    expect(edge.lookUps).toHaveLength(1 + 5);
    for (let nth = 0; nth < release.length; nth += 1) {
      release[nth]?.();
      await edge.clock.advance(0);
    }
    expect(await Promise.all(pending)).toEqual(times(5).map(() => '200'));
    expect(edge.clock.pending()).toBe(0);
  });

  it('are shared by the recordings of one room', async () => {
    const edge = openRooms(DAILY);
    const token = daily();
    const ofEach = (paths: readonly string[]) => Promise.all(paths.map((path) => judge(edge, token, path)));
    const recordings = (nth: number) =>
      times(5).map((other) => pathIn(roomOf(nth), `RT${'b'.repeat(30)}${10 + other}`));
    expect(await ofEach([1, 2, 3, 4, 5].flatMap(recordings))).toEqual(times(25).map(() => '200'));
    expect(edge.lookUps).toHaveLength(5);
    edge.clock.skip(1_000);
    expect(await ofEach(times(10).map(() => invented(1)))).toEqual(times(10).map(() => '403 forbidden'));
    for (const nth of [2, 3, 4]) expect(await judge(edge, token, invented(nth))).toBe('403 forbidden');
    expect(await judge(edge, token, invented(5))).toBe('503 auth_unavailable');
    expect(await judge(edge, token, invented(1))).toBe('403 forbidden');
    expect(edge.lookUps).toHaveLength(5 + 4);
  });

  it('time out after five seconds if none of them ends', async () => {
    const edge = openRooms(DAILY);
    const token = await createCachedToken(edge);
    edge.playRooms(() => new Promise(() => undefined));
    const pending = [1, 2, 3, 4, 5].map((nth) => judge(edge, token, pathIn(roomOf(nth))));
    await edge.clock.advance(5_000);
    expect(await Promise.all(pending)).toEqual(times(5).map(() => '503 auth_unavailable'));
    expect(edge.lookUps).toHaveLength(1 + 4);
    await edge.clock.advance(5_000);
    expect(edge.clock.pending()).toBe(0);
  });

  it('count against the 40 calls per second of the account together with reads', async () => {
    const edge = openRooms(DAILY);
    const [token, other] = [daily(), twilioToken({ room: 'weekly' })];
    await judge(edge, token, pathIn(roomOf(1)));
    expect(await judge(edge, other, pathIn(roomOf(1)))).toBe('403 forbidden');
    for (const nth of times(37)) {
      await judge(edge, token, pathIn(roomOf(1), `RT${'b'.repeat(30)}${10 + nth}`));
    }
    // The lookup is the fortieth call, and the read would be one more.
    expect(await judge(edge, token, pathIn(roomOf(2)))).toBe('429 rate_limited');
    const waiting = judge(edge, other, invented(1));
    await edge.clock.advance(900);
    expect([edge.lookUps.length, edge.reads.length]).toEqual([2, 38]);
    await edge.clock.advance(100);
    expect(await waiting).toBe('403 forbidden');
    expect(await judge(edge, token, pathIn(roomOf(2)))).toBe('200');
  });
});

describe('a room lookup with an unusable response', () => {
  it.each<{ name: string; respond: () => Response; expected: string; errors: readonly string[] }>([
    {
      name: 'has no name',
      respond: () => room(roomOf(1), { unique_name: null }),
      expected: '403 forbidden',
      errors: [],
    },
    {
      name: 'has a number for a name',
      respond: () => room(roomOf(1), { unique_name: 7 }),
      expected: '503 auth_unavailable',
      errors: ['invalid_response'],
    },
    {
      name: 'has no account',
      respond: () => room(roomOf(1), { account_sid: undefined }),
      expected: '503 auth_unavailable',
      errors: ['invalid_response'],
    },
    {
      name: 'is a web page',
      respond: () => new Response('<html>'),
      expected: '503 auth_unavailable',
      errors: ['invalid_response'],
    },
    {
      name: 'is described as another room',
      respond: () => room(roomOf(2), { unique_name: 'daily' }),
      expected: '503 auth_unavailable',
      errors: ['mismatch'],
    },
    {
      name: 'belongs to another account',
      respond: () => room(roomOf(1), { account_sid: `AC${'b'.repeat(32)}`, unique_name: 'daily' }),
      expected: '503 auth_unavailable',
      errors: ['mismatch'],
    },
  ])(
    'gets $expected for a room that $name, and does not affect other rooms',
    async ({ respond, expected, errors }) => {
      const edge = openRooms(DAILY);
      edge.playRooms((sid) => (sid === roomOf(1) ? respond() : undefined));
      const token = daily();
      expect(await judge(edge, token, pathIn(roomOf(1)))).toBe(expected);
      expect(await judge(edge, token, pathIn(roomOf(2)))).toBe('200');
      edge.clock.skip(4_999);
      expect(await judge(edge, token, pathIn(roomOf(1)))).toBe(expected);
      expect(edge.lookUps).toEqual([roomOf(1), roomOf(2)]);
      const entries = edge.logEntries.filter(({ event }) => event === 'upstream.room_lookup_failed');
      expect(entries.map(({ error }) => error)).toEqual(errors);
      expect(entries.map(({ alert }) => alert)).toEqual(
        errors.map((error) => error === 'mismatch' || undefined),
      );
    },
  );

  it('is repeated after five seconds', async () => {
    const edge = openRooms(DAILY);
    edge.playRooms(() => new Response('<html>'));
    await judge(edge, daily(), pathIn(roomOf(1)));
    edge.playRooms(() => undefined);
    edge.clock.skip(4_001);
    const late = await askWith(edge, daily(), pathIn(roomOf(1)));
    expect(late.headers.get('Retry-After')).toBe('1');
    edge.clock.skip(999);
    expect(await judge(edge, daily(), pathIn(roomOf(1)))).toBe('200');
  });

  it('is not repeated for five seconds after a 500, while other rooms are looked up', async () => {
    const edge = openRooms(DAILY);
    edge.playRooms((sid) => (sid === roomOf(1) ? new Response(null, { status: 500 }) : undefined));
    await judge(edge, daily(), pathIn(roomOf(1)));
    expect(await judge(edge, daily(), pathIn(roomOf(2)))).toBe('200');
    edge.playRooms(() => undefined);
    edge.clock.skip(4_999);
    expect(await judge(edge, daily(), pathIn(roomOf(1)))).toBe('503 auth_unavailable');
    expect(edge.lookUps).toHaveLength(2);
    edge.clock.skip(1);
    expect(await judge(edge, daily(), pathIn(roomOf(1)))).toBe('200');
  });

  it.each([
    { name: 'a 403', status: 403 },
    { name: 'a 500', status: 500 },
  ])('does not stop reads after $name', async ({ status }) => {
    const edge = openRooms(DAILY);
    expect(await judge(edge, daily(), pathIn(roomOf(1)))).toBe('200');
    edge.playRooms(() => new Response(null, { status }));
    expect(await judge(edge, daily(), pathIn(roomOf(2)))).toBe('503 auth_unavailable');
    expect(await judge(edge, daily(), pathIn(roomOf(1), `RT${'c'.repeat(32)}`))).toBe('200');
  });

  it('opens the circuit for reads and lookups after many lookups without a response', async () => {
    const names = Object.fromEntries(times(40).map((nth) => [roomOf(nth), 'daily']));
    const edge = openRooms(names);
    expect(await judge(edge, daily(), pathIn(roomOf(0)))).toBe('200');
    edge.clock.skip(10_000);
    edge.playRooms(() => Promise.reject(new TypeError('fetch failed')));
    for (const nth of times(20)) {
      await judge(edge, twilioToken({ room: 'daily', ttl: 60 + nth }), pathIn(roomOf(1 + nth)));
    }
    expect(edge.lookUps).toHaveLength(1 + 20);
    expect(await judge(edge, daily(), pathIn(roomOf(0), `RT${'c'.repeat(32)}`))).toBe('503 circuit_open');
    expect(await judge(edge, daily(), pathIn(roomOf(30)))).toBe('503 auth_unavailable');
    expect(edge.lookUps).toHaveLength(1 + 20);
  });
});
