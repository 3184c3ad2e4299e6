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

/** What Twilio says, for how many seconds it is then left alone, and what a read is answered meanwhile. */
const ROWS: readonly (readonly [string, Act, number, string])[] = [
  [
    'F20: 429 and Retry-After 17',
    answer(429, 20429, { 'Retry-After': '17' }),
    17,
    '503 upstream_rate_limited',
  ],
  ['F20: 429 and an hour', answer(429, 20429, { 'Retry-After': '3600' }), 60, '503 upstream_rate_limited'],
  ['F24: 503 and Retry-After 17', answer(503, 1, { 'Retry-After': '17' }), 17, '503 upstream_unavailable'],
  ['F14: 401', answer(401, 20003), 30, '502 upstream_auth'],
  ['F40: 70005 by 403', answer(403, 70005), 60, '503 upstream_rate_limited'],
  ['F40: 70005 by 404', answer(404, 70005), 60, '503 upstream_rate_limited'],
];

/** An edge that knows one of its two rooms. */
async function open(): Promise<Rooms> {
  const edge = openRooms({ [KNOWN]: 'daily', [NEW]: 'daily' });
  expect(await judge(edge, daily(), recording(0))).toBe('200');
  return edge;
}

describe('a pause of the account', () => {
  it.each(ROWS)('%s, said to a look-up, stops look-ups and reads', async (_what, act, seconds, error) => {
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
  });

  it.each(ROWS)('%s, said to a read, stops reads and look-ups', async (_what, act, seconds) => {
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

  it.each<readonly [string, number, (edge: Rooms) => void]>([
    ['a look-up', 401, (edge) => edge.playRooms(answer(401, 20003))],
    ['a read', 401, (edge) => edge.playRecordings(answer(401, 20003))],
  ])('F14: that %s begins with %i raises one alarm', async (_what, status, play) => {
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
