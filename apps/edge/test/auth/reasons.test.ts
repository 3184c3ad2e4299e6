import { signRecordingUrl } from '@room-recordings/core/signing';
import { describe, expect, it, vi } from 'vitest';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import { askWith } from './asking.ts';
import { openRooms, pathIn, room, roomOf } from './rooms.ts';
import {
  CLAIMS,
  handmade,
  jwt,
  JWT_ACCESS,
  makeKey,
  NOW_SECONDS,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  twilioToken,
} from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const KEYS = [{ id: 'march', secret: 'a-secret-of-March-of-33-characters' }];
const key = await makeKey('ES256', 'ec');

/** The settings of an edge with one kind of access, and the rule for rooms that it has. */
const twilio = (rule: string) => ({ ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: rule });
const SIGNED_URL = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `march:${KEYS[0]?.secret ?? ''}` };

function open(variables: Readonly<Record<string, string>>): TestEdge {
  const fetch = async (url: string) =>
    url.includes('/Rooms/') ? room(ROOM_SID, { unique_name: 'weekly' }) : Response.json({ keys: [key.jwk] });
  return createTestEdge(undefined, variables, { fetch });
}

/** The entries about why a request was refused. */
const reasonsIn = ({ logEntries }: Pick<TestEdge, 'logEntries'>): readonly LoggedEntry[] =>
  logEntries.filter(({ reason }) => reason !== undefined);

/** Expects the status, and exactly one reason with the id of that request. */
async function expectReason(
  edge: TestEdge,
  response: Response,
  status: number,
  reason: string,
): Promise<void> {
  expect(response.status).toBe(status);
  const body: { error: string } = await response.json();
  expect(JSON.stringify(body)).not.toContain(reason);
  expect(reasonsIn(edge)).toEqual([
    {
      time: new Date(NOW).toISOString(),
      level: 'debug',
      event: 'auth.denied',
      msg: 'Request not authorized',
      request_id: response.headers.get('X-Request-Id'),
      code: body.error,
      reason,
    },
  ]);
}

const forGrants = (grants: object) => handmade(TWILIO_HEADER, { ...TWILIO_CLAIMS, grants });

const sign = async (now = NOW) =>
  (await signRecordingUrl(PUBLIC_URL + PATH, { keys: KEYS, expiresIn: 60, now })).slice(PUBLIC_URL.length);
const signedPath = await sign();
const expiredPath = await sign(NOW - 60_000);

describe('the reason for a refused token in the log', () => {
  it.each([
    [
      'a room name',
      403,
      'sid',
      twilioToken({ room: 'daily' }),
      'token grants room name "daily"; TWILIO_TOKEN_ROOM=sid compares SIDs',
    ],
    [
      'another room',
      403,
      'sid',
      twilioToken({ room: OTHER_ROOM }),
      `token grants room ${OTHER_ROOM}, not the requested one`,
    ],
    [
      'no room',
      403,
      'sid',
      twilioToken({ room: undefined }),
      'token grants no room; TWILIO_TOKEN_ROOM=any accepts that for every room',
    ],
    [
      'another name',
      403,
      'name',
      twilioToken({ room: 'daily' }),
      'token grants room name "daily", which is not the unique name of the requested room',
    ],
    [
      'a SID as a name',
      403,
      'name',
      twilioToken({ room: ROOM_SID }),
      `token grants room name "${ROOM_SID}", which is not the unique name of the requested room`,
    ],
    [
      'no video',
      403,
      'any',
      twilioToken({ grant: 'none' }),
      'token has no grants.video, or grants.video.room is not the name of a room',
    ],
    [
      'an empty room',
      403,
      'any',
      forGrants({ video: { room: '' } }),
      'token has no grants.video, or grants.video.room is not the name of a room',
    ],
    ['a past end', 401, 'sid', twilioToken({ ttl: -1 }), 'exp has passed'],
    ['an end long past', 401, 'sid', handmade(TWILIO_HEADER, { ...TWILIO_CLAIMS, exp: 1 }), 'exp has passed'],
    [
      'a future beginning',
      401,
      'sid',
      handmade(TWILIO_HEADER, { ...TWILIO_CLAIMS, nbf: NOW_SECONDS + 60.5 }),
      'nbf is in the future',
    ],
    [
      'no end',
      401,
      'sid',
      handmade(TWILIO_HEADER, { ...TWILIO_CLAIMS, exp: undefined }),
      'exp is missing, or exp, nbf or iat is not a number of seconds',
    ],
    ['two days', 401, 'sid', twilioToken({ ttl: 172_800 }), 'the token lasts longer than a day'],
    [
      'another secret',
      401,
      'sid',
      twilioToken({ secret: 'x'.repeat(32) }),
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ],
    [
      'another API key',
      401,
      'sid',
      twilioToken({ key: `SK${'c'.repeat(32)}` }),
      'ERR_JWT_CLAIM_VALIDATION_FAILED iss',
    ],
    [
      'another content type',
      401,
      'sid',
      handmade({ ...TWILIO_HEADER, cty: undefined }, TWILIO_CLAIMS),
      'typ is not JWT, or cty is not twilio-fpa;v=1',
    ],
    [
      'no form',
      401,
      'sid',
      'nonsense',
      'it is not a signed token in compact form, or its header has a member that is not accepted',
    ],
  ])('names %s: %i', async (_what, status, rule, token, reason) => {
    const edge = open(twilio(rule));
    await expectReason(edge, await askWith(edge, token), status, reason);
  });

  it.each([
    [
      'another room',
      403,
      { room_sid: OTHER_ROOM },
      'claim room_sid of JWT_ROOM_CLAIM has 1 SIDs of other rooms only',
    ],
    [
      'no room',
      403,
      { room_sid: undefined },
      'claim room_sid of JWT_ROOM_CLAIM does not have the SID of a room',
    ],
    ['another audience', 401, { aud: 'x' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED aud'],
  ])('names %s of an issuer’s token: %i', async (_what, status, claims, reason) => {
    const edge = open(JWT_ACCESS);
    await expectReason(edge, await askWith(edge, await jwt(key, { ...CLAIMS, ...claims })), status, reason);
  });

  it('is there each time, also for a token and a refusal that are remembered', async () => {
    for (const rule of ['sid', 'name']) {
      const edge = open(twilio(rule));
      const ids: (string | null)[] = [];
      for (let round = 0; round < 3; round += 1) {
        ids.push((await askWith(edge, twilioToken({ room: 'daily' }))).headers.get('X-Request-Id'));
      }
      expect(reasonsIn(edge).map(({ request_id }) => request_id)).toEqual(ids);
      expect(new Set(reasonsIn(edge).map(({ reason }) => reason)).size).toBe(1);
    }
  });

  it('names the budget of a token that was refused too many rooms', async () => {
    const rooms = openRooms({});
    for (let nth = 0; nth < 5; nth += 1) {
      await askWith(rooms, twilioToken({ room: 'daily' }), pathIn(roomOf(nth)));
    }
    const refused = 'token grants room name "daily", which is not the unique name of the requested room';
    expect(reasonsIn(rooms).map(({ reason }) => reason)).toEqual([
      ...Array.from({ length: 4 }, () => refused),
      'token was refused 4 rooms in 30 s',
    ]);
  });

  it('names a token that is missing', async () => {
    const edge = open(TWILIO_ACCESS);
    await expectReason(
      edge,
      await edge.request(),
      401,
      'the request has no credential of a kind that ACCESS names',
    );
  });

  it('is not in the log at info', async () => {
    const lines: LoggedEntry[] = [];
    const log = {
      wants: (level: string) => level !== 'debug',
      write: (line: LoggedEntry) => lines.push(line),
    };
    const edge = createTestEdge(undefined, TWILIO_ACCESS, { logger: log });
    await askWith(edge, twilioToken({ room: 'daily' }));
    expect(lines.filter(({ level }) => level !== 'debug')).toHaveLength(1);
    expect(JSON.stringify(lines.filter(({ level }) => level === 'info'))).not.toContain('daily');
  });
});

describe('the reason for a refused URL in the log', () => {
  const MISMATCH = 'the signature is not that of this path and query, or is for longer than a day';
  const UNKNOWN = 'kid is missing, doubled or not one of URL_SIGNING_KEYS';

  it.each([
    ['no signature', PATH, 'the URL has no kid, expires or signature'],
    ['another query', `${signedPath}&cb=1`, MISMATCH],
    ['an unknown key', signedPath.replace('kid=march', 'kid=april'), UNKNOWN],
    ['no key', signedPath.replace('kid=march&', ''), UNKNOWN],
    ['two keys', `${signedPath}&kid=march`, UNKNOWN],
    ['a past end', expiredPath, 'expires has passed'],
  ])('names %s', async (_what, path, reason) => {
    const edge = open(SIGNED_URL);
    await expectReason(edge, await edge.request(path), 403, reason);
  });
});
