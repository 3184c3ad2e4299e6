import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { PATH, ROOM_SID } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import {
  signHmacWithoutJose,
  NOW_SECONDS,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  createTwilioToken,
} from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const createEdge = () => createTestEdge(undefined, TWILIO_ACCESS);

describe('ACCESS=twilio-token', () => {
  it.each(['HS256', 'HS384', 'HS512'] as const)(
    'accepts a token of the room, signed by %s',
    async (algorithm) => {
      expect(await tokenStatus(createEdge(), createTwilioToken({ algorithm }))).toBe('200');
    },
  );

  it('accepts a token with a region, and a token with the SID of the room in upper case', async () => {
    expect(await tokenStatus(createEdge(), createTwilioToken({ region: 'ie1' }))).toBe('200');
    expect(await tokenStatus(createEdge(), createTwilioToken({ room: `RM${'A'.repeat(32)}` }))).toBe('200');
  });

  it('accepts a cached token until it expires', async () => {
    let now = NOW;
    const { request } = createTestEdge(undefined, TWILIO_ACCESS, { now: () => now });
    const headers = { Authorization: `Bearer ${createTwilioToken({ ttl: 60 })}` };
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
    { name: 'another account', options: { account: `AC${'b'.repeat(32)}` }, expected: '401 token_invalid' },
    { name: 'another API key', options: { key: `SK${'c'.repeat(32)}` }, expected: '401 token_invalid' },
    { name: 'another secret', options: { secret: 'x'.repeat(32) }, expected: '401 token_invalid' },
    { name: 'no video grant', options: { grant: 'none' }, expected: '403 forbidden' },
  ] as const)('a token with $name gets $expected', async ({ options, expected }) => {
    expect(await tokenStatus(createEdge(), createTwilioToken(options))).toBe(expected);
  });

  it.each([
    { name: 'expired a second ago', expected: '401 token_expired', options: { ttl: -1 } },
    { name: 'expires in a second', expected: '200', options: { ttl: 1 } },
    {
      name: 'has an nbf within the tolerance',
      expected: '200',
      options: { nbf: NOW_SECONDS + 60 },
    },
    { name: 'has a later nbf', expected: '401 token_invalid', options: { nbf: NOW_SECONDS + 61 } },
    { name: 'lasts a day', expected: '200', options: { ttl: 86_400 } },
    { name: 'lasts longer', expected: '401 token_invalid', options: { ttl: 86_401 } },
  ])('a token that $name gets $expected', async ({ expected, options }) => {
    expect(await tokenStatus(createEdge(), createTwilioToken(options))).toBe(expected);
  });

  it.each([
    { name: 'an empty room', grants: { video: { room: '' } } },
    { name: 'a room of null', grants: { video: { room: null } } },
    { name: 'a room that is a number', grants: { video: { room: 7 } } },
    { name: 'a list of rooms', grants: { video: { room: [ROOM_SID] } } },
    { name: 'a video grant of true', grants: { video: true } },
    { name: 'a video grant of null', grants: { video: null } },
    { name: 'an array as grants', grants: [] },
  ])('rejects a token with $name under each TWILIO_TOKEN_ROOM', async ({ grants }) => {
    const token = signHmacWithoutJose(TWILIO_HEADER, { ...TWILIO_CLAIMS, grants });
    for (const rule of ['sid', 'name', 'any']) {
      const variables = { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: rule };
      expect(await tokenStatus(createTestEdge(undefined, variables), token)).toBe('403 forbidden');
    }
  });

  it('reports an expired token only if its signature is valid', async () => {
    expect(await tokenStatus(createEdge(), createTwilioToken({ ttl: -1, secret: 'x'.repeat(32) }))).toBe(
      '401 token_invalid',
    );
  });

  it('works with an archive, and makes no call', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const { request } = createTestEdge(undefined, TWILIO_ACCESS, { fetch });
    const response = await request(PATH, { headers: { Authorization: `Bearer ${createTwilioToken()}` } });
    expect(response.status).toBe(200);
    expect(fetch).not.toHaveBeenCalled();
  });
});
