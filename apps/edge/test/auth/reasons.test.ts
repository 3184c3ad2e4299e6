import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { ROOM_SID } from '../support/recording.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import {
  expectReason,
  findReasons,
  sendToken,
  createRoomsEdge,
  recordingPath,
  roomResponse,
  createRoomSid,
} from './helpers.ts';
import {
  CLAIMS,
  signHmacWithoutJose,
  signJwt,
  JWT_ACCESS,
  createIssuerKey,
  NOW_SECONDS,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  createTwilioToken,
} from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const key = await createIssuerKey('ES256', 'ec');

/** Creates the variables of an edge for tokens of Twilio with a rule for rooms. */
const twilio = (rule: string) => ({ ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: rule });

function createEdge(variables: Readonly<Record<string, string>>): TestEdge {
  const fetch = async (url: string) =>
    url.includes('/Rooms/')
      ? roomResponse(ROOM_SID, { unique_name: 'weekly' })
      : Response.json({ keys: [key.jwk] });
  return createTestEdge(undefined, variables, { fetch });
}

const signGrants = (grants: object) => signHmacWithoutJose(TWILIO_HEADER, { ...TWILIO_CLAIMS, grants });

describe('the log entry of a rejected token', () => {
  it.each([
    {
      name: 'a room name',
      status: 403,
      rule: 'sid',
      token: createTwilioToken({ room: 'daily' }),
      reason: 'the token grants the room name "daily"; TWILIO_TOKEN_ROOM=sid compares SIDs',
    },
    {
      name: 'another room',
      status: 403,
      rule: 'sid',
      token: createTwilioToken({ room: OTHER_ROOM }),
      reason: `the token grants room ${OTHER_ROOM}, not the requested one`,
    },
    {
      name: 'no room',
      status: 403,
      rule: 'sid',
      token: createTwilioToken({ room: undefined }),
      reason: 'grants.video.room is missing; TWILIO_TOKEN_ROOM=any accepts that for every room',
    },
    {
      name: 'another name',
      status: 403,
      rule: 'name',
      token: createTwilioToken({ room: 'daily' }),
      reason: 'the token grants the room name "daily", which is not the unique name of the requested room',
    },
    {
      name: 'a SID as a name',
      status: 403,
      rule: 'name',
      token: createTwilioToken({ room: ROOM_SID }),
      reason: `the token grants the room name "${ROOM_SID}", which is not the unique name of the requested room`,
    },
    {
      name: 'no video',
      status: 403,
      rule: 'any',
      token: createTwilioToken({ grant: 'none' }),
      reason: 'grants.video is missing, or grants.video.room is not a room',
    },
    {
      name: 'an empty room',
      status: 403,
      rule: 'any',
      token: signGrants({ video: { room: '' } }),
      reason: 'grants.video is missing, or grants.video.room is not a room',
    },
    {
      name: 'an exp in the past',
      status: 401,
      rule: 'sid',
      token: createTwilioToken({ ttl: -1 }),
      reason: 'exp has passed',
    },
    {
      name: 'an exp of 1970',
      status: 401,
      rule: 'sid',
      token: signHmacWithoutJose(TWILIO_HEADER, { ...TWILIO_CLAIMS, exp: 1 }),
      reason: 'exp has passed',
    },
    {
      name: 'an nbf in the future',
      status: 401,
      rule: 'sid',
      token: signHmacWithoutJose(TWILIO_HEADER, { ...TWILIO_CLAIMS, nbf: NOW_SECONDS + 60.5 }),
      reason: 'nbf is in the future',
    },
    {
      name: 'no exp',
      status: 401,
      rule: 'sid',
      token: signHmacWithoutJose(TWILIO_HEADER, { ...TWILIO_CLAIMS, exp: undefined }),
      reason: 'exp is missing, or exp, nbf or iat is not a number of seconds',
    },
    {
      name: 'a lifetime of two days',
      status: 401,
      rule: 'sid',
      token: createTwilioToken({ ttl: 172_800 }),
      reason: 'the token lasts longer than a day',
    },
    {
      name: 'another secret',
      status: 401,
      rule: 'sid',
      token: createTwilioToken({ secret: 'x'.repeat(32) }),
      reason: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    },
    {
      name: 'another API key',
      status: 401,
      rule: 'sid',
      token: createTwilioToken({ key: `SK${'c'.repeat(32)}` }),
      reason: 'ERR_JWT_CLAIM_VALIDATION_FAILED iss',
    },
    {
      name: 'another content type',
      status: 401,
      rule: 'sid',
      token: signHmacWithoutJose({ ...TWILIO_HEADER, cty: undefined }, TWILIO_CLAIMS),
      reason: 'typ is not JWT, or cty is not twilio-fpa;v=1',
    },
    {
      name: 'an invalid form',
      status: 401,
      rule: 'sid',
      token: 'nonsense',
      reason: 'the token is not a JWS in compact form, or its header has a forbidden member',
    },
  ])('has the reason of a $status for a Twilio token with $name', async ({ status, rule, token, reason }) => {
    const edge = createEdge(twilio(rule));
    await expectReason(edge, await sendToken(edge, token), status, reason);
  });

  it.each([
    {
      name: 'another room',
      status: 403,
      claims: { room_sid: OTHER_ROOM },
      reason: 'claim room_sid of JWT_ROOM_CLAIM has 1 SIDs of other rooms only',
    },
    {
      name: 'no room',
      status: 403,
      claims: { room_sid: undefined },
      reason: 'claim room_sid of JWT_ROOM_CLAIM does not have the SID of a room',
    },
    {
      name: 'another audience',
      status: 401,
      claims: { aud: 'x' },
      reason: 'ERR_JWT_CLAIM_VALIDATION_FAILED aud',
    },
  ])('has the reason of a $status for an issuer token with $name', async ({ status, claims, reason }) => {
    const edge = createEdge(JWT_ACCESS);
    await expectReason(
      edge,
      await sendToken(edge, await signJwt(key, { ...CLAIMS, ...claims })),
      status,
      reason,
    );
  });

  it('is written for each request, also if the token and its failure are cached', async () => {
    for (const rule of ['sid', 'name']) {
      const edge = createEdge(twilio(rule));
      const ids: (string | null)[] = [];
      for (let round = 0; round < 3; round += 1) {
        ids.push((await sendToken(edge, createTwilioToken({ room: 'daily' }))).headers.get('X-Request-Id'));
      }
      expect(findReasons(edge).map(({ request_id }) => request_id)).toEqual(ids);
      expect(new Set(findReasons(edge).map(({ reason }) => reason)).size).toBe(1);
    }
  });

  it('has the reason of the limit if the token was denied four rooms before', async () => {
    const rooms = createRoomsEdge({});
    for (let nth = 0; nth < 5; nth += 1) {
      await sendToken(rooms, createTwilioToken({ room: 'daily' }), recordingPath(createRoomSid(nth)));
    }
    const denied =
      'the token grants the room name "daily", which is not the unique name of the requested room';
    expect(findReasons(rooms).map(({ reason }) => reason)).toEqual([
      ...Array.from({ length: 4 }, () => denied),
      'the token was denied 4 rooms in 30 s',
    ]);
  });

  it('has its own reason for a request without a token', async () => {
    const edge = createEdge(TWILIO_ACCESS);
    await expectReason(
      edge,
      await edge.request(),
      401,
      'the request does not have a credential for a strategy of ACCESS',
    );
  });

  it('is written only at level debug, so that the log at level info does not contain the room name', async () => {
    const entries: LoggedEntry[] = [];
    const logger = {
      wants: (level: string) => level !== 'debug',
      write: (entry: LoggedEntry) => entries.push(entry),
    };
    const edge = createTestEdge(undefined, TWILIO_ACCESS, { logger });
    await sendToken(edge, createTwilioToken({ room: 'daily' }));
    expect(entries.filter(({ level }) => level !== 'debug')).toHaveLength(1);
    expect(JSON.stringify(entries.filter(({ level }) => level === 'info'))).not.toContain('daily');
  });
});
