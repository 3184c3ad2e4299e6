import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { PATH, ROOM_SID } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import { ACCOUNT, API_KEY, TWILIO_ACCESS, createTwilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;

/** Creates a fetch that responds to room lookups, and records the calls. */
function fakeRooms(respond: (url: string) => Response | Promise<Response>): {
  readonly calls: readonly [url: string, init: RequestInit][];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
} {
  const calls: [string, RequestInit][] = [];
  return {
    calls,
    fetch: async (url, init) => {
      calls.push([url, init]);
      return respond(url);
    },
  };
}

const respondWithName = (name: string) => (url: string) =>
  Response.json({ sid: url.split('/').at(-1), account_sid: ACCOUNT, unique_name: name });

describe('TWILIO_TOKEN_ROOM', () => {
  it.each([
    { rule: 'sid', name: 'the room', expected: '200', calls: 0, room: ROOM_SID },
    { rule: 'sid', name: 'another room', expected: '403 forbidden', calls: 0, room: OTHER_ROOM },
    { rule: 'sid', name: 'the room’s name', expected: '403 forbidden', calls: 0, room: 'daily' },
    { rule: 'sid', name: 'no room', expected: '403 forbidden', calls: 0, room: undefined },
    { rule: 'name', name: 'the room’s name', expected: '200', calls: 1, room: 'daily' },
    { rule: 'name', name: 'another name', expected: '403 forbidden', calls: 1, room: 'weekly' },
    { rule: 'name', name: 'its name in another case', expected: '403 forbidden', calls: 1, room: 'Daily' },
    { rule: 'name', name: 'the room’s SID', expected: '403 forbidden', calls: 1, room: ROOM_SID },
    { rule: 'name', name: 'no room', expected: '403 forbidden', calls: 0, room: undefined },
    { rule: 'any', name: 'the room', expected: '200', calls: 0, room: ROOM_SID },
    { rule: 'any', name: 'another room', expected: '403 forbidden', calls: 0, room: OTHER_ROOM },
    { rule: 'any', name: 'the room’s name', expected: '200', calls: 1, room: 'daily' },
    { rule: 'any', name: 'another name', expected: '403 forbidden', calls: 1, room: 'weekly' },
    { rule: 'any', name: 'no room', expected: '200', calls: 0, room: undefined },
  ])(
    'with TWILIO_TOKEN_ROOM=$rule, a token for $name gets $expected with $calls calls to Twilio',
    async ({ rule, expected, calls, room }) => {
      const twilio = fakeRooms(respondWithName('daily'));
      const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: rule }, twilio);
      expect(await tokenStatus(edge, createTwilioToken({ room }))).toBe(expected);
      expect(twilio.calls).toHaveLength(calls);
    },
  );

  it('with TWILIO_TOKEN_ROOM=name, the SID of another room is not its name', async () => {
    const twilio = fakeRooms(respondWithName('daily'));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, twilio);
    const otherPath = `/v1/Rooms/${OTHER_ROOM}/Recordings/RT${'b'.repeat(32)}`;
    expect(await tokenStatus(edge, createTwilioToken({ room: OTHER_ROOM }), otherPath)).toBe('403 forbidden');
  });

  it('logs a failed lookup with the request id of Twilio', async () => {
    const headers = { 'Twilio-Request-Id': 'RQ1' };
    const twilio = fakeRooms(() => new Response(null, { status: 500, headers }));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, twilio);
    await tokenStatus(edge, createTwilioToken({ room: 'daily' }));
    expect(edge.logEntries).toContainEqual(
      expect.objectContaining({ event: 'upstream.room_lookup_failed', twilio_request_id: 'RQ1' }),
    );
  });

  it('looks the room up with the API key, without following redirects', async () => {
    const twilio = fakeRooms(respondWithName('daily'));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, twilio);
    await tokenStatus(edge, createTwilioToken({ room: 'daily' }));
    const [[url, init] = []] = twilio.calls;
    expect(url).toBe(`https://video.twilio.com/v1/Rooms/${ROOM_SID}`);
    expect(init?.redirect).toBe('manual');
    const authorization = new Headers(init?.headers).get('authorization') ?? '';
    expect(atob(authorization.replace('Basic ', ''))).toMatch(new RegExp(`^${API_KEY}:`));
  });

  it('looks a room up once for concurrent requests', async () => {
    const twilio = fakeRooms(respondWithName('daily'));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, twilio);
    const tokens = [createTwilioToken({ room: 'daily' }), createTwilioToken({ room: 'weekly' })];
    const together = await Promise.all(
      Array.from({ length: 50 }, (_, index) => tokenStatus(edge, tokens[index % 2] ?? '')),
    );
    expect(new Set(together)).toEqual(new Set(['200', '403 forbidden']));
    expect(await tokenStatus(edge, tokens[0] ?? '')).toBe('200');
    expect(twilio.calls).toHaveLength(1);
  });

  it('rejects a missing room like a room of another name, and caches the result for 30 seconds', async () => {
    let now = NOW;
    const twilio = fakeRooms(() => Response.json({ code: 20404 }, { status: 404 }));
    const services = { ...twilio, now: () => now };
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, services);
    const token = createTwilioToken({ room: 'daily' });
    expect(await tokenStatus(edge, token)).toBe('403 forbidden');
    expect(await tokenStatus(edge, token)).toBe('403 forbidden');
    expect(twilio.calls).toHaveLength(1);
    now += 30_000;
    expect(await tokenStatus(edge, token)).toBe('403 forbidden');
    expect(twilio.calls).toHaveLength(2);
  });

  it.each([
    { name: 'is down', respond: () => Promise.reject(new Error('canary')), seconds: '5' },
    { name: 'responds with 500', respond: () => new Response('canary', { status: 500 }), seconds: '5' },
    { name: 'rejects the API key', respond: () => new Response('canary', { status: 401 }), seconds: '30' },
    {
      name: 'responds with Retry-After: 17',
      respond: () => new Response(null, { status: 429, headers: { 'Retry-After': '17' } }),
      seconds: '17',
    },
    {
      name: 'redirects',
      respond: () => new Response(null, { status: 302, headers: { Location: 'https://evil.example/' } }),
      seconds: '5',
    },
    {
      name: 'responds with another room',
      respond: () => respondWithName('daily')(`/${OTHER_ROOM}`),
      seconds: '5',
    },
    {
      name: 'responds with another account’s room',
      respond: () =>
        Response.json({ sid: ROOM_SID, account_sid: `AC${'b'.repeat(32)}`, unique_name: 'daily' }),
      seconds: '5',
    },
    {
      name: 'responds with a number as the name',
      respond: () => Response.json({ sid: ROOM_SID, account_sid: ACCOUNT, unique_name: 7 }),
      seconds: '5',
    },
    { name: 'responds with a web page', respond: () => new Response('<html>canary'), seconds: '5' },
    {
      name: 'responds with text like a stack trace',
      respond: () => new Response('\nat canary-99'),
      seconds: '5',
    },
  ])(
    'if Twilio $name, the edge responds with 503 auth_unavailable, and a cooldown starts',
    async ({ respond, seconds }) => {
      let now = NOW;
      const twilio = fakeRooms(respond);
      const services = { ...twilio, now: () => now };
      const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, services);
      const headers = { Authorization: `Bearer ${createTwilioToken({ room: 'daily' })}` };
      const response = await edge.request(PATH, { headers });
      expect(response.status).toBe(503);
      expect(response.headers.get('Retry-After')).toBe(seconds);
      const text = await response.text();
      expect(text).toContain('auth_unavailable');
      expect(text + JSON.stringify(edge.logEntries)).not.toContain('canary');
      expect(edge.logEntries).toContainEqual(
        expect.objectContaining({
          event: 'upstream.room_lookup_failed',
          request_id: response.headers.get('X-Request-Id'),
          room_sid: ROOM_SID,
        }),
      );
      expect((await edge.request(PATH, { headers })).status).toBe(503);
      expect(twilio.calls).toHaveLength(1);
      now += Number(seconds) * 1000;
      expect((await edge.request(PATH, { headers })).status).toBe(503);
      expect(twilio.calls).toHaveLength(2);
    },
  );
});
