import type { Timeline } from '@room-recordings/core';
import { signRoomUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { tokenFingerprint } from '../../src/auth/strategy.ts';
import type { MediaSource } from '../../src/media/media-source.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { createFakeMedia, readSeedMedia } from '../support/media-edge.ts';
import { listNothing, PATH, PUBLIC_URL, RECORDING, ROOM_SID, parseTarget } from '../support/recording.ts';
import { CLAIMS, createIssuerKey, JWT_ACCESS, NOW_SECONDS, signJwt } from './tokens.ts';

const KEY = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a' };
const SIGNING_KEYS = { URL_SIGNING_KEYS: `${KEY.id}:${KEY.secret}` };
const ROOM = `/v1/Rooms/${ROOM_SID}`;
const LIST = `${ROOM}/Recordings`;
const TIMELINE = `${ROOM}/Timeline`;
const MEDIA = `${PATH}/Media`;

const issuerKey = await createIssuerKey('ES256', 'first');

/** Creates an edge that records for which clients its source and its storage are called. */
function createCountingEdge(variables: Readonly<Record<string, string>>) {
  const clients = new Set<string | undefined>();
  const media = createFakeMedia(readSeedMedia('opus'));
  const target = parseTarget();
  if (target.kind !== 'recording') throw new Error('The path is not that of a recording.');
  const recording = { ...RECORDING, sid: target.id.sid, room_sid: target.id.roomSid };
  const countingMedia: MediaSource = {
    open(id, range, options) {
      clients.add(options.client);
      return media.open(id, range, options);
    },
  };
  const edge = createInProcessEdge({
    variables,
    source: {
      async read(_id, { client } = {}) {
        clients.add(client);
        return recording;
      },
      async list(roomSid, query, { client } = {}) {
        clients.add(client);
        return { ...(await listNothing(roomSid, query)), recordings: [recording] };
      },
    },
    services: { media: countingMedia, fetch: async () => Response.json({ keys: [issuerKey.jwk] }) },
  });
  /** Requests a path. Returns the status, the body, and the clients of the calls since the last request. */
  const send = async (path: string, token?: string, method = 'GET') => {
    clients.clear();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await edge.request(path, { method, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, clients: [...clients] };
  };
  return { ...edge, send };
}

const toPath = (url: string): string => url.slice(PUBLIC_URL.length);

/** Returns the URLs of the sources of a timeline. */
function toUrls(text: string): readonly string[] {
  // The text is that of a timeline, or the next line throws.
  const { tracks } = JSON.parse(text) as Timeline;
  return tracks.flatMap(({ sources }) => sources.map(({ url }) => url));
}

describe('the client that calls and transfers are counted for', () => {
  it.each([
    { name: 'the list', path: LIST },
    { name: 'the timeline', path: TIMELINE },
    { name: 'a recording', path: PATH },
    { name: 'media', path: MEDIA },
  ])('is the credential of a request for $name', async ({ path }) => {
    const token = await signJwt(issuerKey);
    const byToken = await createCountingEdge(JWT_ACCESS).send(path, token);
    expect([byToken.status, byToken.clients]).toEqual([200, [tokenFingerprint(token)]]);
    const roomUrl = await signRoomUrl(PUBLIC_URL + ROOM, { keys: [KEY], expiresIn: 60, now: NOW });
    const variables = { ACCESS: 'signed-url', ...SIGNING_KEYS };
    const bySignature = await createCountingEdge(variables).send(path + new URL(roomUrl).search);
    expect([bySignature.status, bySignature.clients]).toEqual([200, [expect.stringMatching(/^url \w+$/)]]);
  });

  it('is the credential that a media URL was made for, with ACCESS=jwt alone', async () => {
    const { send } = createCountingEdge({ ...JWT_ACCESS, ...SIGNING_KEYS });
    const bodies = new Set<string>();
    for (const [nth, lifetime] of [60, 7_200].entries()) {
      const token = await signJwt(issuerKey, { ...CLAIMS, sub: `user ${nth}`, exp: NOW_SECONDS + lifetime });
      const [url = '', ...others] = toUrls((await send(TIMELINE, token)).text);
      expect(others).toEqual([]);
      expect(Number(new URL(url).searchParams.get('expires'))).toBe(NOW_SECONDS + Math.min(lifetime, 3_600));
      for (const method of ['GET', 'HEAD', 'GET']) {
        const { status, headers, text, clients } = await send(toPath(url), undefined, method);
        expect(status).toBe(200);
        if (method === 'GET') expect(clients).toEqual([tokenFingerprint(token)]);
        if (method === 'GET') bodies.add(text);
        expect(headers.get('Cache-Control')).toBe('private, no-cache');
        expect(headers.get('Referrer-Policy')).toBe('no-referrer');
        expect(headers.get('Vary')).toBe('Origin, Authorization');
        expect(headers.get('CDN-Cache-Control')).toBe('no-store');
      }
      expect((await send(`${toPath(url)}&format=original`)).status).toBe(403);
      expect((await send(toPath(url).replace(MEDIA, PATH))).status).toBe(401);
    }
    // Both callers get the same bytes.
    expect(bodies.size).toBe(1);
  });

  it('is in no log entry with the signature of a media URL', async () => {
    const edge = createCountingEdge({ ...JWT_ACCESS, ...SIGNING_KEYS });
    const [url = ''] = toUrls((await edge.send(TIMELINE, await signJwt(issuerKey))).text);
    await edge.send(toPath(url));
    await edge.send(`${toPath(url)}&cb=1`);
    const log = JSON.stringify(edge.logEntries);
    expect(log).toContain(ROOM_SID);
    for (const name of ['signature', 'client', 'kid']) {
      expect(log).not.toContain(new URL(url).searchParams.get(name) ?? '');
    }
    expect(log).not.toContain('canary');
  });
});
