import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import {
  sendToken,
  tokenStatus,
  createRoomsEdge,
  recordingPath,
  createRoomSid,
  type TwilioResponse,
  type RoomsEdge,
} from './helpers.ts';
import { statusAndCode } from './runtime-cases.ts';
import { createTwilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const [KNOWN, NEW] = [createRoomSid(1), createRoomSid(2)];
const createDailyToken = () => createTwilioToken({ room: 'daily' });
const knownRoomPath = (nth: number) => recordingPath(KNOWN, `RT${'b'.repeat(30)}${10 + nth}`);

const respondWith =
  (status: number, code?: number, headers: Readonly<Record<string, string>> = {}): TwilioResponse =>
  () =>
    Response.json({ code, message: 'canary' }, { status, headers });

/** A response of Twilio, the seconds of the cooldown that it starts, and the result of a read during the cooldown. */
const RESPONSES: readonly { name: string; respond: TwilioResponse; seconds: number; error: string }[] = [
  {
    name: 'a 429 with Retry-After: 17',
    respond: respondWith(429, 20429, { 'Retry-After': '17' }),
    seconds: 17,
    error: '503 upstream_rate_limited',
  },
  {
    name: 'a 429 with a Retry-After of an hour',
    respond: respondWith(429, 20429, { 'Retry-After': '3600' }),
    seconds: 60,
    error: '503 upstream_rate_limited',
  },
  {
    name: 'a 503 with Retry-After: 17',
    respond: respondWith(503, 1, { 'Retry-After': '17' }),
    seconds: 17,
    error: '503 upstream_unavailable',
  },
  { name: 'a 401', respond: respondWith(401, 20003), seconds: 30, error: '502 upstream_auth' },
  {
    name: 'a 403 with code 70005',
    respond: respondWith(403, 70005),
    seconds: 60,
    error: '503 upstream_rate_limited',
  },
  {
    name: 'a 404 with code 70005',
    respond: respondWith(404, 70005),
    seconds: 60,
    error: '503 upstream_rate_limited',
  },
];

/** Creates an edge that has cached the name of one of its two rooms. */
async function createEdge(): Promise<RoomsEdge> {
  const edge = createRoomsEdge({ [KNOWN]: 'daily', [NEW]: 'daily' });
  expect(await tokenStatus(edge, createDailyToken(), knownRoomPath(0))).toBe('200');
  return edge;
}

describe('the cooldown of the Twilio account', () => {
  it.each(RESPONSES)(
    '$name to a room lookup stops lookups and reads for its cooldown',
    async ({ respond, seconds, error }) => {
      const edge = await createEdge();
      edge.respondToRooms(respond);
      const first = await sendToken(edge, createDailyToken(), recordingPath(NEW));
      expect(first.headers.get('Retry-After')).toBe(String(seconds));
      expect(await statusAndCode(first)).toBe('503 auth_unavailable');
      edge.respondToRooms(() => undefined);
      edge.clock.skip(seconds * 1000 - 1);
      expect(await tokenStatus(edge, createDailyToken(), knownRoomPath(1))).toBe(error);
      expect(await tokenStatus(edge, createDailyToken(), recordingPath(NEW))).toBe('503 auth_unavailable');
      expect([edge.lookups, edge.reads]).toEqual([[KNOWN, NEW], [KNOWN]]);
      edge.clock.skip(1);
      expect(await tokenStatus(edge, createDailyToken(), knownRoomPath(1))).toBe('200');
      expect(await tokenStatus(edge, createDailyToken(), recordingPath(NEW))).toBe('200');
      expect(JSON.stringify(edge.logEntries)).not.toContain('canary');
    },
  );

  it.each(RESPONSES)(
    '$name to a read stops reads and lookups for its cooldown',
    async ({ respond, seconds }) => {
      const edge = await createEdge();
      edge.respondToRecordings(respond);
      await sendToken(edge, createDailyToken(), knownRoomPath(1));
      edge.respondToRecordings(() => undefined);
      edge.clock.skip(seconds * 1000 - 1);
      const response = await sendToken(edge, createDailyToken(), recordingPath(NEW));
      expect(response.headers.get('Retry-After')).toBe('1');
      expect(await statusAndCode(response)).toBe('503 auth_unavailable');
      expect(edge.lookups).toEqual([KNOWN]);
      edge.clock.skip(1);
      expect(await tokenStatus(edge, createDailyToken(), recordingPath(NEW))).toBe('200');
    },
  );

  it.each<{ name: string; status: number; play: (edge: RoomsEdge) => void }>([
    { name: 'a room lookup', status: 401, play: (edge) => edge.respondToRooms(respondWith(401, 20003)) },
    { name: 'a read', status: 401, play: (edge) => edge.respondToRecordings(respondWith(401, 20003)) },
  ])('a $status to $name is logged as one alarm per cooldown', async ({ status, play }) => {
    const edge = await createEdge();
    play(edge);
    await sendToken(edge, createDailyToken(), recordingPath(NEW));
    for (const nth of [1, 2, 3]) {
      await sendToken(edge, createDailyToken(), knownRoomPath(nth));
      await sendToken(edge, createDailyToken(), recordingPath(createRoomSid(10 + nth)));
    }
    const alerts = edge.logEntries.filter(({ alert }) => alert === true);
    expect(alerts).toMatchObject([{ level: 'error', room_sid: NEW, upstream_status: status }]);
  });
});
