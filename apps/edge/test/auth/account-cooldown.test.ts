import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTwilioToken } from './tokens.ts';
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

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const [KNOWN, NEW] = [createRoomSid(1), createRoomSid(2)];
const daily = () => createTwilioToken({ room: 'daily' });
const recording = (nth: number) => recordingPath(KNOWN, `RT${'b'.repeat(30)}${10 + nth}`);

const answer =
  (status: number, code?: number, headers: Readonly<Record<string, string>> = {}): TwilioResponse =>
  () =>
    Response.json({ code, message: 'canary' }, { status, headers });

/** A response of Twilio, the seconds of the cooldown that it starts, and the result of a read during the cooldown. */
const RESPONSES: readonly { name: string; act: TwilioResponse; seconds: number; error: string }[] = [
  {
    name: 'a 429 with Retry-After: 17',
    act: answer(429, 20429, { 'Retry-After': '17' }),
    seconds: 17,
    error: '503 upstream_rate_limited',
  },
  {
    name: 'a 429 with a Retry-After of an hour',
    act: answer(429, 20429, { 'Retry-After': '3600' }),
    seconds: 60,
    error: '503 upstream_rate_limited',
  },
  {
    name: 'a 503 with Retry-After: 17',
    act: answer(503, 1, { 'Retry-After': '17' }),
    seconds: 17,
    error: '503 upstream_unavailable',
  },
  { name: 'a 401', act: answer(401, 20003), seconds: 30, error: '502 upstream_auth' },
  {
    name: 'a 403 with code 70005',
    act: answer(403, 70005),
    seconds: 60,
    error: '503 upstream_rate_limited',
  },
  {
    name: 'a 404 with code 70005',
    act: answer(404, 70005),
    seconds: 60,
    error: '503 upstream_rate_limited',
  },
];

/** Creates an edge that has cached the name of one of its two rooms. */
async function open(): Promise<RoomsEdge> {
  const edge = createRoomsEdge({ [KNOWN]: 'daily', [NEW]: 'daily' });
  expect(await tokenStatus(edge, daily(), recording(0))).toBe('200');
  return edge;
}

describe('the cooldown of the Twilio account', () => {
  it.each(RESPONSES)(
    '$name to a room lookup stops lookups and reads for its cooldown',
    async ({ act, seconds, error }) => {
      const edge = await open();
      edge.respondToRooms(act);
      const first = await sendToken(edge, daily(), recordingPath(NEW));
      expect(first.headers.get('Retry-After')).toBe(String(seconds));
      expect(await statusAndCode(first)).toBe('503 auth_unavailable');
      edge.respondToRooms(() => undefined);
      edge.clock.skip(seconds * 1000 - 1);
      expect(await tokenStatus(edge, daily(), recording(1))).toBe(error);
      expect(await tokenStatus(edge, daily(), recordingPath(NEW))).toBe('503 auth_unavailable');
      expect([edge.lookups, edge.reads]).toEqual([[KNOWN, NEW], [KNOWN]]);
      edge.clock.skip(1);
      expect(await tokenStatus(edge, daily(), recording(1))).toBe('200');
      expect(await tokenStatus(edge, daily(), recordingPath(NEW))).toBe('200');
      expect(JSON.stringify(edge.logEntries)).not.toContain('canary');
    },
  );

  it.each(RESPONSES)('$name to a read stops reads and lookups for its cooldown', async ({ act, seconds }) => {
    const edge = await open();
    edge.respondToRecordings(act);
    await sendToken(edge, daily(), recording(1));
    edge.respondToRecordings(() => undefined);
    edge.clock.skip(seconds * 1000 - 1);
    const late = await sendToken(edge, daily(), recordingPath(NEW));
    expect(late.headers.get('Retry-After')).toBe('1');
    expect(await statusAndCode(late)).toBe('503 auth_unavailable');
    expect(edge.lookups).toEqual([KNOWN]);
    edge.clock.skip(1);
    expect(await tokenStatus(edge, daily(), recordingPath(NEW))).toBe('200');
  });

  it.each<{ name: string; status: number; play: (edge: RoomsEdge) => void }>([
    { name: 'a room lookup', status: 401, play: (edge) => edge.respondToRooms(answer(401, 20003)) },
    { name: 'a read', status: 401, play: (edge) => edge.respondToRecordings(answer(401, 20003)) },
  ])('a $status to $name is logged as one alarm per cooldown', async ({ status, play }) => {
    const edge = await open();
    play(edge);
    await sendToken(edge, daily(), recordingPath(NEW));
    for (const nth of [1, 2, 3]) {
      await sendToken(edge, daily(), recording(nth));
      await sendToken(edge, daily(), recordingPath(createRoomSid(10 + nth)));
    }
    const alarms = edge.logEntries.filter(({ alert }) => alert === true);
    expect(alarms).toMatchObject([{ level: 'error', room_sid: NEW, upstream_status: status }]);
  });
});
