import { signRecordingUrl, signRoomUrl, type SigningKey } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { createMediaUrlSigner } from '../../src/media/media-url.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, PUBLIC_URL, ROOM_SID, parseTarget } from '../support/recording.ts';
import { JWT_ACCESS, NOW_SECONDS, TWILIO_ACCESS } from './tokens.ts';
import { accessTo, MEDIA_GRANTED } from './url-cases.ts';

const KEY: SigningKey = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a' };
const OLD_KEY: SigningKey = { id: 'april', secret: 'canary-of-april-5a7b8c9d0e1f2a3b' };
const SIGNING_KEYS = { URL_SIGNING_KEYS: `${KEY.id}:${KEY.secret}` };
const ROOM = `/v1/Rooms/${ROOM_SID}`;
const MODES = [
  { access: 'jwt', variables: { ...JWT_ACCESS, ...SIGNING_KEYS } },
  { access: 'twilio-token', variables: { ...TWILIO_ACCESS, ...SIGNING_KEYS } },
  { access: 'signed-url', variables: { ACCESS: 'signed-url', ...SIGNING_KEYS } },
];

/** Signs a media URL. Returns its path and query. */
async function sign(changes: object = {}, key = KEY): Promise<string> {
  const target = parseTarget(`${PATH}/Media`);
  if (target.kind !== 'media') throw new Error('The path is not that of media.');
  const parts = { id: target.id, publicUrl: PUBLIC_URL, client: 'token 1abc', expires: NOW_SECONDS + 600 };
  const url = await createMediaUrlSigner(async () => [key])({ ...parts, ...changes });
  return url.slice(PUBLIC_URL.length);
}

const mediaUrl = await sign();
const original = await sign({ format: 'original' });
async function signByBackend(path: string): Promise<string> {
  const url = await signRecordingUrl(PUBLIC_URL + path, { keys: [KEY], expiresIn: 600, now: NOW });
  return url.slice(PUBLIC_URL.length);
}
const signedRecording = await signByBackend(PATH);
const signedMedia = await signByBackend(`${PATH}/Media`);
const roomQuery = new URL(await signRoomUrl(PUBLIC_URL + ROOM, { keys: [KEY], expiresIn: 600, now: NOW }))
  .search;

describe.each(MODES)('a media URL with ACCESS=$access', ({ access, variables }) => {
  const missing = access === 'signed-url' ? '403 signature_invalid' : '401 token_missing';

  it('opens the media in its format, again and for any client', async () => {
    const edge = createInProcessEdge({ variables });
    for (const path of [mediaUrl, original, mediaUrl, original]) {
      expect(await accessTo(edge, path)).toBe(MEDIA_GRANTED);
    }
  });

  it.each([
    { name: 'another recording', path: mediaUrl.replace('RTa', 'RTb') },
    { name: 'another room', path: mediaUrl.replace('RMa', 'RMb') },
    { name: 'upper-case digits', path: mediaUrl.replace(/RTa+/, (sid) => `RT${'A'.repeat(sid.length - 2)}`) },
    { name: 'a later expiry', path: mediaUrl.replace('expires=17', 'expires=18') },
    { name: 'another key', path: mediaUrl.replace('kid=march', 'kid=april') },
    { name: 'another client', path: mediaUrl.replace('token+1abc', 'token+1abd') },
    { name: 'another spelling of the client', path: mediaUrl.replace('token+1abc', 'token%201abc') },
    { name: 'a format', path: mediaUrl.replace('?', '?format=original&') },
    { name: 'another format', path: original.replace('original', 'matroska') },
    { name: 'a second format', path: `${original}&format=matroska` },
    { name: 'no format', path: original.replace('format=original&', '') },
    { name: 'one more parameter', path: `${mediaUrl}&cb=1` },
    { name: 'a parameter of lists', path: `${mediaUrl}&PageSize=1` },
    { name: 'an empty parameter', path: `${mediaUrl}&` },
    { name: 'a signature cut short', path: mediaUrl.slice(0, -1) },
    { name: 'the signature of the room', path: `${PATH}/Media${roomQuery}&client=token+1abc` },
  ])('with $name is rejected, also after the original one was accepted', async ({ path }) => {
    const edge = createInProcessEdge({ variables });
    expect(await accessTo(edge, path)).toBe('403 signature_invalid');
    await accessTo(edge, mediaUrl);
    await accessTo(edge, original);
    expect(await accessTo(edge, path)).toBe('403 signature_invalid');
  });

  it.each([
    { name: 'the recording', path: PATH },
    { name: 'the list', path: `${ROOM}/Recordings` },
    { name: 'the timeline', path: `${ROOM}/Timeline` },
  ])('does not open $name', async ({ path }) => {
    const edge = createInProcessEdge({ variables });
    expect(await accessTo(edge, mediaUrl)).toBe(MEDIA_GRANTED);
    const reads = edge.reads.length;
    const denied = await accessTo(edge, path + mediaUrl.slice(mediaUrl.indexOf('?')));
    expect(denied).toBe(missing);
    expect(edge.reads).toHaveLength(reads);
  });

  it('with doubled slashes has no route', async () => {
    const { request } = createInProcessEdge({ variables });
    expect((await request(mediaUrl.replaceAll('/', '//'))).status).toBe(404);
  });

  it('is rejected at its expiry, whether it is cached or not', async () => {
    let now = NOW;
    const edge = createInProcessEdge({ variables, services: { now: () => now } });
    now += 599_999;
    expect(await accessTo(edge, mediaUrl)).toBe(MEDIA_GRANTED);
    now += 1;
    expect(await accessTo(edge, mediaUrl)).toBe('403 url_expired');
    const fresh = createInProcessEdge({ variables, services: { now: () => now } });
    expect(await accessTo(fresh, mediaUrl)).toBe('403 url_expired');
  });

  it('is accepted by each key of a rotation, and rejected after its key was removed', async () => {
    const byOldKey = await sign({}, OLD_KEY);
    const both = {
      ...variables,
      URL_SIGNING_KEYS: `${SIGNING_KEYS.URL_SIGNING_KEYS},april:${OLD_KEY.secret}`,
    };
    const rotating = createInProcessEdge({ variables: both });
    expect(await accessTo(rotating, byOldKey)).toBe(MEDIA_GRANTED);
    expect(await accessTo(rotating, mediaUrl)).toBe(MEDIA_GRANTED);
    expect(await accessTo(createInProcessEdge({ variables }), byOldKey)).toBe('403 signature_invalid');
  });
});

describe.each(MODES.slice(0, 2))('a signature of the backend with ACCESS=$access', ({ variables }) => {
  it.each([
    { name: 'a recording', path: signedRecording },
    { name: 'the media of a recording', path: signedMedia },
    { name: 'a recording for its media', path: signedRecording.replace('?', '/Media?') },
    { name: 'a room for a recording', path: PATH + roomQuery },
    { name: 'a room for media', path: `${PATH}/Media${roomQuery}` },
    { name: 'a room for its list', path: `${ROOM}/Recordings${roomQuery}` },
    { name: 'a room for its timeline', path: `${ROOM}/Timeline${roomQuery}` },
  ])('of $name opens nothing, although its key signs media URLs', async ({ path }) => {
    const edge = createInProcessEdge({ variables });
    expect(await accessTo(edge, path)).toBe('401 token_missing');
    expect(edge.reads).toEqual([]);
  });
});
