import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH, ROOM_SID } from '../support/recording.ts';
import { judge } from './asking.ts';
import {
  ACCOUNT,
  API_KEY,
  handmade,
  NOW_SECONDS,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  twilioToken,
} from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const edge = () => createTestEdge(undefined, TWILIO_ACCESS);

describe('ACCESS=twilio-token', () => {
  it.each(['HS256', 'HS384', 'HS512'] as const)('lets in a token of the room, by %s', async (algorithm) => {
    expect(await judge(edge(), twilioToken({ algorithm }))).toBe('200');
  });

  it('lets in a token with a region, and one that names the room in upper case', async () => {
    expect(await judge(edge(), twilioToken({ region: 'ie1' }))).toBe('200');
    expect(await judge(edge(), twilioToken({ room: `RM${'A'.repeat(32)}` }))).toBe('200');
  });

  it('lets the same token in again and again, until it ends', async () => {
    let now = NOW;
    const { request } = createTestEdge(undefined, TWILIO_ACCESS, { now: () => now });
    const headers = { Authorization: `Bearer ${twilioToken({ ttl: 60 })}` };
    for (const [ms, status] of [
      [0, 200],
      [1, 200],
      [59_999, 200],
      [60_000, 401],
      [60_001, 401],
    ] as const) {
      now = NOW + ms;
      expect((await request(PATH, { headers })).status).toBe(status);
    }
  });

  it.each([
    ['another account', { account: `AC${'b'.repeat(32)}` }, '401 token_invalid'],
    ['another API key', { key: `SK${'c'.repeat(32)}` }, '401 token_invalid'],
    ['another secret', { secret: 'x'.repeat(32) }, '401 token_invalid'],
    ['no video grant', { grant: 'none' }, '403 forbidden'],
  ] as const)('S45: refuses a token of %s', async (_what, options, expected) => {
    expect(await judge(edge(), twilioToken(options))).toBe(expected);
  });

  it.each([
    ['ended a second ago', '401 token_expired', { ttl: -1 }],
    ['ends in a second', '200', { ttl: 1 }],
    ['begins within the tolerance', '200', { nbf: NOW_SECONDS + 60 }],
    ['begins later', '401 token_invalid', { nbf: NOW_SECONDS + 61 }],
    ['lasts a day', '200', { ttl: 86_400 }],
    ['lasts longer', '401 token_invalid', { ttl: 86_401 }],
  ])('S44: to a token that %s says %s', async (_what, expected, options) => {
    expect(await judge(edge(), twilioToken(options))).toBe(expected);
  });

  it.each([
    ['an empty room', { video: { room: '' } }],
    ['a room of null', { video: { room: null } }],
    ['a room that is a number', { video: { room: 7 } }],
    ['a list of rooms', { video: { room: [ROOM_SID] } }],
    ['a video grant of true', { video: true }],
    ['a video grant of null', { video: null }],
    ['grants that are none', []],
  ])('S45, S46: refuses a token with %s, whatever a room may be', async (_what, grants) => {
    const token = handmade(TWILIO_HEADER, { ...TWILIO_CLAIMS, grants });
    for (const rule of ['sid', 'name', 'any']) {
      const variables = { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: rule };
      expect(await judge(createTestEdge(undefined, variables), token)).toBe('403 forbidden');
    }
  });

  it('S44: says that a token expired only where its signature is good', async () => {
    expect(await judge(edge(), twilioToken({ ttl: -1, secret: 'x'.repeat(32) }))).toBe('401 token_invalid');
  });

  it('takes the source archive, and asks nobody', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const { request } = createTestEdge(undefined, TWILIO_ACCESS, { fetch });
    const response = await request(PATH, { headers: { Authorization: `Bearer ${twilioToken()}` } });
    expect(response.status).toBe(200);
    expect(fetch).not.toHaveBeenCalled();
  });
});

/** What Twilio answers about rooms; the calls that were made. */
function rooms(answer: (url: string) => Response | Promise<Response>): {
  readonly calls: readonly [url: string, init: RequestInit][];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
} {
  const calls: [string, RequestInit][] = [];
  return {
    calls,
    fetch: async (url, init) => {
      calls.push([url, init]);
      return answer(url);
    },
  };
}

const named = (name: string) => (url: string) =>
  Response.json({ sid: url.split('/').at(-1), account_sid: ACCOUNT, unique_name: name });

describe('TWILIO_TOKEN_ROOM', () => {
  it.each([
    ['sid', 'the room', '200', 0, ROOM_SID],
    ['sid', 'another room', '403 forbidden', 0, OTHER_ROOM],
    ['sid', 'the room’s name', '403 forbidden', 0, 'daily'],
    ['sid', 'no room', '403 forbidden', 0, undefined],
    ['name', 'the room’s name', '200', 1, 'daily'],
    ['name', 'another name', '403 forbidden', 1, 'weekly'],
    ['name', 'its name in another case', '403 forbidden', 1, 'Daily'],
    ['name', 'the room’s SID', '403 forbidden', 1, ROOM_SID],
    ['name', 'no room', '403 forbidden', 0, undefined],
    ['any', 'the room', '200', 0, ROOM_SID],
    ['any', 'another room', '403 forbidden', 0, OTHER_ROOM],
    ['any', 'the room’s name', '200', 1, 'daily'],
    ['any', 'another name', '403 forbidden', 1, 'weekly'],
    ['any', 'no room', '200', 0, undefined],
  ])('S46: %s, to a token of %s, says %s after %i calls', async (rule, _what, expected, calls, room) => {
    const twilio = rooms(named('daily'));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: rule }, twilio);
    expect(await judge(edge, twilioToken({ room }))).toBe(expected);
    expect(twilio.calls).toHaveLength(calls);
  });

  it('S46: name never takes another room whose name looks like this room’s SID', async () => {
    const twilio = rooms(named('daily'));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, twilio);
    const other = `/v1/Rooms/${OTHER_ROOM}/Recordings/RT${'b'.repeat(32)}`;
    expect(await judge(edge, twilioToken({ room: OTHER_ROOM }), other)).toBe('403 forbidden');
  });

  it('asks Twilio for the room as the API key, without following redirects', async () => {
    const twilio = rooms(named('daily'));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, twilio);
    await judge(edge, twilioToken({ room: 'daily' }));
    const [[url, init] = []] = twilio.calls;
    expect(url).toBe(`https://video.twilio.com/v1/Rooms/${ROOM_SID}`);
    expect(init?.redirect).toBe('manual');
    const authorization = new Headers(init?.headers).get('authorization') ?? '';
    expect(atob(authorization.replace('Basic ', ''))).toMatch(new RegExp(`^${API_KEY}:`));
  });

  it('looks a room up once, however many ask', async () => {
    const twilio = rooms(named('daily'));
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, twilio);
    const tokens = [twilioToken({ room: 'daily' }), twilioToken({ room: 'weekly' })];
    const together = await Promise.all(
      Array.from({ length: 50 }, (_, index) => judge(edge, tokens[index % 2] ?? '')),
    );
    expect(new Set(together)).toEqual(new Set(['200', '403 forbidden']));
    expect(await judge(edge, tokens[0] ?? '')).toBe('200');
    expect(twilio.calls).toHaveLength(1);
  });

  it('S77: refuses a room that is not there like another one, and remembers it for a while', async () => {
    let now = NOW;
    const twilio = rooms(() => Response.json({ code: 20404 }, { status: 404 }));
    const outside = { ...twilio, now: () => now };
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, outside);
    const token = twilioToken({ room: 'daily' });
    expect(await judge(edge, token)).toBe('403 forbidden');
    expect(await judge(edge, token)).toBe('403 forbidden');
    expect(twilio.calls).toHaveLength(1);
    now += 30_000;
    expect(await judge(edge, token)).toBe('403 forbidden');
    expect(twilio.calls).toHaveLength(2);
  });

  it.each([
    ['is down', () => Promise.reject(new Error('canary')), '5'],
    ['answers 500', () => new Response('canary', { status: 500 }), '5'],
    ['refuses the key', () => new Response('canary', { status: 401 }), '30'],
    ['asks to wait', () => new Response(null, { status: 429, headers: { 'Retry-After': '17' } }), '17'],
    [
      'redirects',
      () => new Response(null, { status: 302, headers: { Location: 'https://evil.example/' } }),
      '5',
    ],
    ['answers with another room', () => named('daily')(`/${OTHER_ROOM}`), '5'],
    [
      'answers with another account’s room',
      () => Response.json({ sid: ROOM_SID, account_sid: `AC${'b'.repeat(32)}`, unique_name: 'daily' }),
      '5',
    ],
    [
      'names the room by a number',
      () => Response.json({ sid: ROOM_SID, account_sid: ACCOUNT, unique_name: 7 }),
      '5',
    ],
    ['answers with a page', () => new Response('<html>canary'), '5'],
    ['answers with what looks like a stack', () => new Response('\nat canary-99'), '5'],
  ])(
    'S26: where Twilio %s the door stays closed, and Twilio is left alone',
    async (_what, answer, seconds) => {
      let now = NOW;
      const twilio = rooms(answer);
      const outside = { ...twilio, now: () => now };
      const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, outside);
      const headers = { Authorization: `Bearer ${twilioToken({ room: 'daily' })}` };
      const response = await edge.request(PATH, { headers });
      expect(response.status).toBe(503);
      expect(response.headers.get('Retry-After')).toBe(seconds);
      const text = await response.text();
      expect(text).toContain('auth_unavailable');
      expect(text + JSON.stringify(edge.logEntries)).not.toContain('canary');
      expect(edge.logEntries).toContainEqual(
        expect.objectContaining({ event: 'upstream.room_lookup_failed', room_sid: ROOM_SID }),
      );
      expect((await edge.request(PATH, { headers })).status).toBe(503);
      expect(twilio.calls).toHaveLength(1);
      now += Number(seconds) * 1000;
      expect((await edge.request(PATH, { headers })).status).toBe(503);
      expect(twilio.calls).toHaveLength(2);
    },
  );
});
