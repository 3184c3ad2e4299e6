import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import {
  sendToken,
  tokenStatus,
  createRoomsEdge,
  recordingPath,
  roomResponse,
  createRoomSid,
} from './helpers.ts';
import { createTwilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const DAILY = Object.fromEntries([1, 2, 3, 4, 5, 6].map((nth) => [createRoomSid(nth), 'daily']));
const createDailyToken = () => createTwilioToken({ room: 'daily' });
const times = (count: number) => Array.from({ length: count }, (_, nth) => nth);

describe('a room lookup with an unusable response', () => {
  it.each<{ name: string; respond: () => Response; expected: string; errors: readonly string[] }>([
    {
      name: 'has no name',
      respond: () => roomResponse(createRoomSid(1), { unique_name: null }),
      expected: '403 forbidden',
      errors: [],
    },
    {
      name: 'has a number for a name',
      respond: () => roomResponse(createRoomSid(1), { unique_name: 7 }),
      expected: '503 auth_unavailable',
      errors: ['invalid_response'],
    },
    {
      name: 'has no account',
      respond: () => roomResponse(createRoomSid(1), { account_sid: undefined }),
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
      respond: () => roomResponse(createRoomSid(2), { unique_name: 'daily' }),
      expected: '503 auth_unavailable',
      errors: ['mismatch'],
    },
    {
      name: 'belongs to another account',
      respond: () =>
        roomResponse(createRoomSid(1), { account_sid: `AC${'b'.repeat(32)}`, unique_name: 'daily' }),
      expected: '503 auth_unavailable',
      errors: ['mismatch'],
    },
  ])(
    'gets $expected for a room that $name, and does not affect other rooms',
    async ({ respond, expected, errors }) => {
      const edge = createRoomsEdge(DAILY);
      edge.respondToRooms((sid) => (sid === createRoomSid(1) ? respond() : undefined));
      const token = createDailyToken();
      expect(await tokenStatus(edge, token, recordingPath(createRoomSid(1)))).toBe(expected);
      expect(await tokenStatus(edge, token, recordingPath(createRoomSid(2)))).toBe('200');
      edge.clock.skip(4_999);
      expect(await tokenStatus(edge, token, recordingPath(createRoomSid(1)))).toBe(expected);
      expect(edge.lookups).toEqual([createRoomSid(1), createRoomSid(2)]);
      const entries = edge.logEntries.filter(({ event }) => event === 'upstream.room_lookup_failed');
      expect(entries.map(({ error }) => error)).toEqual(errors);
      expect(entries.map(({ alert }) => alert)).toEqual(
        errors.map((error) => error === 'mismatch' || undefined),
      );
    },
  );

  it('is sent again after five seconds, and not earlier', async () => {
    const edge = createRoomsEdge(DAILY);
    edge.respondToRooms(() => new Response('<html>'));
    await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(1)));
    edge.respondToRooms(() => undefined);
    edge.clock.skip(4_001);
    const response = await sendToken(edge, createDailyToken(), recordingPath(createRoomSid(1)));
    expect(response.headers.get('Retry-After')).toBe('1');
    edge.clock.skip(999);
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(1)))).toBe('200');
  });

  it('is not sent again for five seconds after a 500, while lookups of other rooms are sent', async () => {
    const edge = createRoomsEdge(DAILY);
    edge.respondToRooms((sid) =>
      sid === createRoomSid(1) ? new Response(null, { status: 500 }) : undefined,
    );
    await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(1)));
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(2)))).toBe('200');
    edge.respondToRooms(() => undefined);
    edge.clock.skip(4_999);
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(1)))).toBe(
      '503 auth_unavailable',
    );
    expect(edge.lookups).toHaveLength(2);
    edge.clock.skip(1);
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(1)))).toBe('200');
  });

  it.each([
    { name: 'a 403', status: 403 },
    { name: 'a 500', status: 500 },
  ])('does not stop reads after $name', async ({ status }) => {
    const edge = createRoomsEdge(DAILY);
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(1)))).toBe('200');
    edge.respondToRooms(() => new Response(null, { status }));
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(2)))).toBe(
      '503 auth_unavailable',
    );
    expect(
      await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(1), `RT${'c'.repeat(32)}`)),
    ).toBe('200');
  });

  it('opens the circuit for reads and lookups after many lookups without a response', async () => {
    const names = Object.fromEntries(times(40).map((nth) => [createRoomSid(nth), 'daily']));
    const edge = createRoomsEdge(names);
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(0)))).toBe('200');
    edge.clock.skip(10_000);
    edge.respondToRooms(() => Promise.reject(new TypeError('fetch failed')));
    for (const nth of times(20)) {
      await tokenStatus(
        edge,
        createTwilioToken({ room: 'daily', ttl: 60 + nth }),
        recordingPath(createRoomSid(1 + nth)),
      );
    }
    expect(edge.lookups).toHaveLength(1 + 20);
    expect(
      await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(0), `RT${'c'.repeat(32)}`)),
    ).toBe('503 circuit_open');
    expect(await tokenStatus(edge, createDailyToken(), recordingPath(createRoomSid(30)))).toBe(
      '503 auth_unavailable',
    );
    expect(edge.lookups).toHaveLength(1 + 20);
  });
});
