import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { createAuthorizer } from '../../src/auth/authorizer.ts';
import { parseConfig } from '../../src/config/config.ts';
import { computeMediaUrlExpiry, createMediaUrlSigner } from '../../src/media/media-url.ts';
import { createAccountLimits } from '../../src/twilio/resilience/account-limits.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { findNothing, PATH, PUBLIC_URL, ROOM_SID, parseTarget } from '../support/recording.ts';
import { createRoomSid, createRoomsEdge } from './helpers.ts';
import {
  CLAIMS,
  createIssuerKey,
  createTwilioToken,
  JWT_ACCESS,
  NOW_SECONDS,
  signJwt,
  TWILIO_ACCESS,
} from './tokens.ts';
import { accessTo, MEDIA_GRANTED } from './url-cases.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const LIST = `/v1/Rooms/${ROOM_SID}/Recordings`;
const MEDIA = `${PATH}/Media`;
const RESOURCES = [
  { resource: 'the list', path: LIST, granted: '200' },
  { resource: 'the timeline', path: `/v1/Rooms/${ROOM_SID}/Timeline`, granted: '200' },
  { resource: 'a recording', path: PATH, granted: '200' },
  { resource: 'media', path: MEDIA, granted: MEDIA_GRANTED },
];
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const key = await createIssuerKey('ES256', 'first');
const fetchKeys = async () => Response.json({ keys: [key.jwk] });
const STRATEGIES = [
  {
    access: 'twilio-token',
    variables: TWILIO_ACCESS,
    createToken: async (room: string, lifetime = 600) => createTwilioToken({ room, ttl: lifetime }),
  },
  {
    access: 'jwt',
    variables: JWT_ACCESS,
    createToken: (room: string, lifetime = 600) =>
      signJwt(key, { ...CLAIMS, room_sid: room, exp: NOW_SECONDS + lifetime }),
  },
];

describe.each(STRATEGIES)('a token with ACCESS=$access', ({ variables, createToken }) => {
  const createEdge = () => createInProcessEdge({ variables, services: { fetch: fetchKeys } });

  it.each(RESOURCES)('opens $resource of its room, and of no other room', async ({ path, granted }) => {
    const edge = createEdge();
    const own = bearer(await createToken(ROOM_SID));
    const other = bearer(await createToken(OTHER_ROOM));
    for (const headers of [own, own]) expect(await accessTo(edge, path, headers)).toBe(granted);
    for (const headers of [other, other]) expect(await accessTo(edge, path, headers)).toBe('403 forbidden');
    expect(await accessTo(edge, path.replace(ROOM_SID, OTHER_ROOM), own)).toBe('403 forbidden');
    expect(await accessTo(edge, path)).toBe('401 token_missing');
    expect(await accessTo(edge, path, bearer(await createToken(ROOM_SID, -1)))).toBe('401 token_expired');
    expect(await accessTo(edge, `${path}?access_token=x`, own)).toBe('401 token_invalid');
  });

  it.each(RESOURCES)('a denied request for $resource does not reveal whether it exists', async ({ path }) => {
    const responses: string[] = [];
    for (const source of [undefined, { read: findNothing }]) {
      const services = { fetch: fetchKeys };
      const edge = createInProcessEdge({ variables, services, ...(source && { source }) });
      for (const headers of [{}, bearer(await createToken(OTHER_ROOM))]) {
        const { status, headers: received } = await edge.request(path, { headers });
        const entries = [...received].filter(([name]) => name !== 'x-request-id');
        responses.push(JSON.stringify([status, entries]));
      }
      expect(edge.reads).toEqual([]);
    }
    expect(responses.slice(0, 2)).toEqual(responses.slice(2));
  });

  it('has its own end and credential in the media URLs that are made for it', async () => {
    const config = parseConfig({
      ...variables,
      RECORDINGS_SOURCE: 'archive',
      URL_SIGNING_KEYS: `march:${'x'.repeat(32)}`,
    });
    if (config.access === undefined || config.access === 'public') throw new Error('ACCESS is set above.');
    const { mediaSigningKeys } = config;
    if (mediaSigningKeys === undefined) throw new Error('URL_SIGNING_KEYS is set above.');
    const now = () => NOW;
    const authorize = createAuthorizer(config.access, mediaSigningKeys, {
      now,
      monotonic: now,
      fetch: fetchKeys,
      sleep: (_ms, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      account: createAccountLimits(false),
      waitUntil() {},
      logger: { wants: () => false, write() {} },
    });
    const decide = async (url: string, headers = {}) => {
      const request = { method: 'GET', url, headers: new Headers(headers) };
      const decision = await authorize(request, parseTarget(url), NOW, 'request-1');
      if (decision === undefined || 'error' in decision) throw new Error('The request was denied.');
      return decision;
    };
    const target = parseTarget(MEDIA);
    if (target.kind !== 'media') throw new Error('The path is not that of media.');
    const sign = createMediaUrlSigner(mediaSigningKeys);
    const clients = new Set<string>();
    for (const lifetime of [600, 7_200]) {
      const caller = await decide(LIST, bearer(await createToken(ROOM_SID, lifetime)));
      expect(caller).toEqual({
        credential: expect.stringMatching(/^token [0-9a-z]+$/),
        expiresAt: NOW_SECONDS + lifetime,
      });
      const expires = computeMediaUrlExpiry(NOW, 3_600, caller.expiresAt);
      const { id } = target;
      const url = await sign({ id, publicUrl: PUBLIC_URL, client: caller.credential, expires });
      const expected = { credential: caller.credential, expiresAt: NOW_SECONDS + Math.min(lifetime, 3_600) };
      expect(await decide(url)).toEqual(expected);
      expect(await decide(url)).toEqual(expected);
      clients.add(caller.credential);
    }
    expect(clients.size).toBe(2);
  });
});

describe('the limit of denied rooms', () => {
  it('counts the list, the timeline, a recording and the media of a room once', async () => {
    const edge = createRoomsEdge({});
    const headers = bearer(createTwilioToken({ room: 'daily' }));
    const statusOf = async (nth: number, path: string) =>
      accessTo(edge, path.replace(ROOM_SID, createRoomSid(nth)), headers);
    for (const { path } of RESOURCES) expect(await statusOf(1, path)).toBe('403 forbidden');
    for (const [index, { path }] of RESOURCES.slice(1).entries()) {
      expect(await statusOf(2 + index, path)).toBe('403 forbidden');
    }
    for (const { path } of RESOURCES) {
      const { status } = await edge.request(path.replace(ROOM_SID, createRoomSid(9)), { headers });
      expect(status).toBe(503);
      expect(await statusOf(1, path)).toBe('403 forbidden');
    }
    expect(edge.lookups).toHaveLength(4);
    expect(edge.reads).toEqual([]);
  });
});
