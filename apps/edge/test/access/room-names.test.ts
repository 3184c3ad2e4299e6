import { describe, expect, it, vi } from 'vitest';
import { NOW } from '../clock.ts';
import { judge } from './asking.ts';
import { openRooms, pathIn, roomOf } from './rooms.ts';
import { twilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const DAILY = Object.fromEntries([1, 2, 3, 4, 5, 6].map((nth) => [roomOf(nth), 'daily']));
const daily = () => twilioToken({ room: 'daily' });
const invented = (nth: number) => pathIn(roomOf(0xdead00 + nth));
const times = (count: number) => Array.from({ length: count }, (_, nth) => nth);

describe('rooms that a token has looked up', () => {
  it('S69: a flood of invented ones ends with four, and shuts nobody else out', async () => {
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

  it('S69: at once, too, and however the token is spelled around', async () => {
    const edge = openRooms(DAILY);
    const token = daily();
    const outcomes = await Promise.all(times(20).map((nth) => judge(edge, token, invented(nth))));
    expect(outcomes.filter((said) => said === '403 forbidden')).toHaveLength(4);
    expect(edge.lookUps).toHaveLength(4);
    const headers = { Authorization: `bearer   ${token}` };
    expect((await edge.ask(invented(21), { headers })).status).toBe(503);
    expect(edge.lookUps).toHaveLength(4);
    expect(edge.clock.waiting()).toBe(0);
  });

  it('S69: cost nothing of it where they are opened', async () => {
    const edge = openRooms(DAILY);
    const token = daily();
    for (const nth of times(3)) await judge(edge, token, invented(nth));
    for (const nth of [1, 2, 3, 4, 5, 6]) expect(await judge(edge, token, pathIn(roomOf(nth)))).toBe('200');
    expect(await judge(edge, token, invented(3))).toBe('403 forbidden');
    expect(await judge(edge, token, pathIn(roomOf(1)))).toBe('200');
    expect(edge.lookUps).toHaveLength(10);
  });

  it('S69, F40: count with what is read from the account, so that it sees 40 calls a second', async () => {
    const edge = openRooms(DAILY);
    const token = daily();
    await judge(edge, token, pathIn(roomOf(1)));
    for (const nth of times(37)) {
      await judge(edge, token, pathIn(roomOf(1), `RT${'b'.repeat(30)}${10 + nth}`));
    }
    // The look-up is the fortieth call, and the read would be one more.
    expect(await judge(edge, token, pathIn(roomOf(2)))).toBe('503 overloaded');
    expect(await judge(edge, twilioToken({ room: 'weekly' }), invented(1))).toBe('503 auth_unavailable');
    expect([edge.lookUps.length, edge.reads.length]).toEqual([2, 38]);
    edge.clock.skip(1_000);
    expect(await judge(edge, token, pathIn(roomOf(2)))).toBe('200');
  });
});
