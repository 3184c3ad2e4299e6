import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { askWith, judge, outcome } from './asking.ts';
import { openRooms, pathIn, roomOf, type Act, type Rooms } from './rooms.ts';
import { twilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const [KNOWN, NEW] = [roomOf(1), roomOf(2)];
const daily = () => twilioToken({ room: 'daily' });
const recording = (nth: number) => pathIn(KNOWN, `RT${'b'.repeat(30)}${10 + nth}`);

const answer =
  (status: number, code?: number, headers: Readonly<Record<string, string>> = {}): Act =>
  () =>
    Response.json({ code, message: 'canary' }, { status, headers });

/** A response of Twilio, the seconds of the cooldown that it starts, and the result of a read during the cooldown. */
const RESPONSES: readonly { name: string; act: Act; seconds: number; error: string }[] = [
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
async function open(): Promise<Rooms> {
  const edge = openRooms({ [KNOWN]: 'daily', [NEW]: 'daily' });
  expect(await judge(edge, daily(), recording(0))).toBe('200');
  return edge;
}

describe('the cooldown of the Twilio account', () => {
  it.each(RESPONSES)(
    '$name to a room lookup stops lookups and reads for its cooldown',
    async ({ act, seconds, error }) => {
      const edge = await open();
      edge.playRooms(act);
      const first = await askWith(edge, daily(), pathIn(NEW));
      expect(first.headers.get('Retry-After')).toBe(String(seconds));
      expect(await outcome(first)).toBe('503 auth_unavailable');
      edge.playRooms(() => undefined);
      edge.clock.skip(seconds * 1000 - 1);
      expect(await judge(edge, daily(), recording(1))).toBe(error);
      expect(await judge(edge, daily(), pathIn(NEW))).toBe('503 auth_unavailable');
      expect([edge.lookUps, edge.reads]).toEqual([[KNOWN, NEW], [KNOWN]]);
      edge.clock.skip(1);
      expect(await judge(edge, daily(), recording(1))).toBe('200');
      expect(await judge(edge, daily(), pathIn(NEW))).toBe('200');
      expect(JSON.stringify(edge.logEntries)).not.toContain('canary');
    },
  );

  it.each(RESPONSES)('$name to a read stops reads and lookups for its cooldown', async ({ act, seconds }) => {
    const edge = await open();
    edge.playRecordings(act);
    await askWith(edge, daily(), recording(1));
    edge.playRecordings(() => undefined);
    edge.clock.skip(seconds * 1000 - 1);
    const late = await askWith(edge, daily(), pathIn(NEW));
    expect(late.headers.get('Retry-After')).toBe('1');
    expect(await outcome(late)).toBe('503 auth_unavailable');
    expect(edge.lookUps).toEqual([KNOWN]);
    edge.clock.skip(1);
    expect(await judge(edge, daily(), pathIn(NEW))).toBe('200');
  });

  it.each<{ name: string; status: number; play: (edge: Rooms) => void }>([
    { name: 'a look-up', status: 401, play: (edge) => edge.playRooms(answer(401, 20003)) },
    { name: 'a read', status: 401, play: (edge) => edge.playRecordings(answer(401, 20003)) },
  ])('a $status to $name is logged as one alarm per cooldown', async ({ status, play }) => {
    const edge = await open();
    play(edge);
    await askWith(edge, daily(), pathIn(NEW));
    for (const nth of [1, 2, 3]) {
      await askWith(edge, daily(), recording(nth));
      await askWith(edge, daily(), pathIn(roomOf(10 + nth)));
    }
    const alarms = edge.logEntries.filter(({ alert }) => alert === true);
    expect(alarms).toMatchObject([{ level: 'error', room_sid: NEW, upstream_status: status }]);
  });
});
