import { describe, expect, it, vi } from 'vitest';
import { Caps } from '../../src/upstream/caps.ts';
import { careFor } from '../../src/upstream/care.ts';
import { delayByTimer } from '@room-recordings/http-cache';
import { NOW } from '../clock.ts';
import { edgeWith, type TestEdge } from '../edge.ts';
import { PATH, RECORDING, ROOM_SID } from '../recording.ts';
import { judge } from './asking.ts';
import { ACCOUNT, TWILIO_ACCESS, twilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const invented = (nth: number) =>
  `/v1/Rooms/RM${nth.toString(16).padStart(32, '0')}/Recordings/RT${'a'.repeat(32)}`;
const daily = Response.json({ sid: ROOM_SID, account_sid: ACCOUNT, unique_name: 'daily' });

/** An edge whose account has one room, `daily`; what was looked up there, and a clock. */
function world(caps = new Caps()): {
  readonly edge: TestEdge;
  readonly calls: readonly string[];
  readonly pass: (ms: number) => void;
} {
  let now = NOW;
  const calls: string[] = [];
  const fetch = async (url: string) => {
    calls.push(url);
    return url.endsWith(ROOM_SID) ? daily.clone() : new Response(null, { status: 404 });
  };
  const outside = { fetch, caps, now: () => now };
  // As an entry puts it together.
  const source = careFor({ read: async () => RECORDING }, { ...outside, delay: delayByTimer, ...NO_MATTER });
  const edge = edgeWith(source.read, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, outside);
  return { edge, calls, pass: (ms) => (now += ms) };
}

const NO_MATTER = { random: () => 0, staleOnUpstreamAuth: false };

describe('rooms that a token has looked up', () => {
  it('S69: a flood of invented ones ends with four, and shuts nobody else out', async () => {
    const { edge, calls, pass } = world();
    const token = twilioToken({ room: 'daily' });
    const outcomes: string[] = [];
    for (let nth = 0; nth < 20; nth += 1) outcomes.push(await judge(edge, token, invented(nth)));
    expect(outcomes.filter((said) => said === '403 forbidden')).toHaveLength(4);
    expect(outcomes.filter((said) => said === '503 auth_unavailable')).toHaveLength(16);
    expect(calls).toHaveLength(4);
    expect(await judge(edge, twilioToken({ room: 'daily', ttl: 60 }))).toBe('200');
    pass(29_999);
    expect(await judge(edge, token, invented(20))).toBe('503 auth_unavailable');
    pass(1);
    expect(await judge(edge, token, invented(20))).toBe('403 forbidden');
  });

  it('S69: at once, too, and however the token is spelled around', async () => {
    const { edge, calls } = world();
    const token = twilioToken({ room: 'daily' });
    await Promise.all(Array.from({ length: 20 }, (_, nth) => judge(edge, token, invented(nth))));
    expect(calls).toHaveLength(4);
    const headers = { Authorization: `bearer   ${token}` };
    expect((await edge.ask(invented(21), { headers })).status).toBe(503);
    expect(calls).toHaveLength(4);
  });

  it('S69: cost nothing of it where they are there', async () => {
    const { edge, calls } = world();
    const token = twilioToken({ room: 'daily' });
    for (let nth = 0; nth < 3; nth += 1) await judge(edge, token, invented(nth));
    expect(await judge(edge, token)).toBe('200');
    expect(await judge(edge, token, invented(3))).toBe('403 forbidden');
    expect(calls).toHaveLength(5);
  });

  it('S69, F40: count with what is read from the account, so that it sees 40 calls a second', async () => {
    const caps = new Caps();
    const { edge, calls, pass } = world(caps);
    for (let nth = 0; nth < 39; nth += 1) caps.begin(NOW).end(false, NOW);
    // The look-up is the fortieth call, and the read would be one more.
    expect(await judge(edge, twilioToken({ room: 'daily' }))).toBe('503 overloaded');
    expect(await judge(edge, twilioToken({ room: 'weekly' }), invented(1))).toBe('503 auth_unavailable');
    expect(calls).toHaveLength(1);
    pass(1_000);
    expect(await judge(edge, twilioToken({ room: 'daily' }), PATH)).toBe('200');
  });
});
