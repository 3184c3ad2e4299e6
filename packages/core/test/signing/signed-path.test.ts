import { describe, expect, it } from 'vitest';
import {
  InvalidArgumentError,
  signRecordingUrl,
  signRoomUrl,
  UrlSignatureError,
  verifyUrl,
} from '../../src/signing/index.ts';
import { KEY, NOW, URL_TO_SIGN } from './urls.ts';

const options = { keys: [KEY], expiresIn: 600, now: NOW };
const ROOM = URL_TO_SIGN.replace(/\/Recordings.*/, '');
const OTHER_ROOM = ROOM.replace('RMa', 'RMb');
const OTHER_RECORDING = URL_TO_SIGN.replace('RTb', 'RTc');

const ofRoom = new URL(await signRoomUrl(ROOM, options)).search;
const ofRecording = new URL(await signRecordingUrl(URL_TO_SIGN, options)).search;
const ofMedia = new URL(await signRecordingUrl(`${URL_TO_SIGN}/Media?format=matroska`, options)).search;
const ofList = new URL(await signRecordingUrl(`${ROOM}/Recordings`, options)).search;

/** Returns the signed URL, or the error's code. */
async function findSigned(url: string, now = NOW): Promise<string> {
  try {
    const { path } = await verifyUrl(url, { keys: [KEY], now });
    return new URL(path, url).href;
  } catch (error) {
    if (error instanceof UrlSignatureError) return error.code;
    throw error;
  }
}

describe('`signRoomUrl()`', () => {
  it('signs the path of the room, the key id and the expiry', async () => {
    // Computed by Python's hmac over the lines `room-recordings url 1`, `march`, the path, `expires=…`, `kid=march`.
    const mac = 'mAoIM11j_v6JNnbbyaM8epTq2We8W1jWt6n_8ErYDyQ';
    expect(await signRoomUrl(ROOM, options)).toBe(
      `${ROOM}?kid=march&expires=${NOW / 1000 + 600}&signature=${mac}`,
    );
  });

  it('removes a query, an older signature and a fragment', async () => {
    expect(await signRoomUrl(`${ROOM}${ofRecording}&PageSize=1#t=5`, options)).toBe(ROOM + ofRoom);
  });

  it.each([
    { name: 'a recording', url: URL_TO_SIGN },
    { name: 'a list', url: `${ROOM}/Recordings` },
    { name: 'a room with a trailing slash', url: `${ROOM}/` },
    { name: 'a unique name', url: 'https://recordings.example.com/v1/Rooms/canary' },
    { name: 'a path before the version', url: ROOM.replace('/v1', '/canary/v1') },
    { name: 'a path without an origin', url: '/v1/Rooms/canary' },
  ])('rejects the URL of $name and does not repeat it', async ({ url }) => {
    await expect(signRoomUrl(url, options)).rejects.toThrow(
      new InvalidArgumentError('url must be an absolute URL with the path /v1/Rooms/{RoomSid}.'),
    );
  });
});

describe('`verifyUrl()` of a URL below the signed path', () => {
  it.each([
    { name: 'the list of a signed room', url: `${ROOM}/Recordings${ofRoom}`, signed: ROOM },
    { name: 'a page of a signed room', url: `${ROOM}/Recordings${ofRoom}&PageSize=2&Page=1`, signed: ROOM },
    { name: 'the timeline of a signed room', url: `${ROOM}/Timeline${ofRoom}`, signed: ROOM },
    { name: 'a recording of a signed room', url: URL_TO_SIGN + ofRoom, signed: ROOM },
    { name: 'media of a signed room', url: `${URL_TO_SIGN}/Media${ofRoom}&format=original`, signed: ROOM },
    { name: 'a signed recording', url: URL_TO_SIGN + ofRecording, signed: URL_TO_SIGN },
    {
      name: 'the media of a signed recording',
      url: `${URL_TO_SIGN}/Media${ofRecording}`,
      signed: URL_TO_SIGN,
    },
    {
      name: 'the media of a signed recording in another format',
      url: `${URL_TO_SIGN}/Media${ofRecording}&format=original`,
      signed: URL_TO_SIGN,
    },
    { name: 'a signed media URL', url: `${URL_TO_SIGN}/Media${ofMedia}`, signed: `${URL_TO_SIGN}/Media` },
    { name: 'a signed list', url: `${ROOM}/Recordings${ofList}`, signed: `${ROOM}/Recordings` },
  ])('resolves with the path that was signed: $name', async ({ url, signed }) => {
    expect(await findSigned(url)).toBe(signed);
  });

  it.each([
    { name: 'a recording of another room', url: URL_TO_SIGN.replace('RMa', 'RMb') + ofRoom },
    { name: 'the list of another room', url: `${OTHER_ROOM}/Recordings${ofRoom}` },
    { name: 'another case of the room', url: `${ROOM.replace('RMa', 'RMA')}/Recordings${ofRoom}` },
    { name: 'a room whose SID is longer', url: `${ROOM}a/Recordings${ofRoom}` },
    { name: 'a path that ends outside the room', url: `${ROOM}/../RM${'b'.repeat(32)}/Recordings${ofRoom}` },
    { name: 'an encoded path outside the room', url: `${ROOM}/%2e%2e/x/Recordings${ofRoom}` },
    { name: 'a room below another path', url: `${ROOM.replace('/v1', '/v2/v1')}/Recordings${ofRoom}` },
    { name: 'another expiry of a room', url: `${URL_TO_SIGN}${ofRoom.replace('expires=17', 'expires=18')}` },
    { name: 'another key id of a room', url: `${URL_TO_SIGN}${ofRoom.replace('kid=march', 'kid=may')}` },
    { name: 'a second expiry of a room', url: `${URL_TO_SIGN}${ofRoom}&expires=9999999999` },
    { name: 'the list by the signature of a recording', url: `${ROOM}/Recordings${ofRecording}` },
    { name: 'the timeline by the signature of a recording', url: `${ROOM}/Timeline${ofRecording}` },
    { name: 'a signed recording with one more parameter', url: `${URL_TO_SIGN}${ofRecording}&a=1` },
    { name: 'the media of another recording', url: `${OTHER_RECORDING}/Media${ofRecording}` },
    { name: 'a path below the media of a signed recording', url: `${URL_TO_SIGN}/Media/x${ofRecording}` },
    { name: 'the recording by the signature of its media', url: URL_TO_SIGN + ofMedia },
    {
      name: 'a media URL with another format',
      url: `${URL_TO_SIGN}/Media${ofMedia.replace('matroska', 'original')}`,
    },
    {
      name: 'a media URL without its format',
      url: `${URL_TO_SIGN}/Media${ofMedia.replace('format=matroska&', '')}`,
    },
    { name: 'a media URL with one more parameter', url: `${URL_TO_SIGN}/Media${ofMedia}&client=other` },
    { name: 'a recording by the signature of the list', url: URL_TO_SIGN + ofList },
    { name: 'a signed list with one more parameter', url: `${ROOM}/Recordings${ofList}&PageSize=2` },
  ])('rejects $name', async ({ url }) => {
    expect(await findSigned(url)).toBe('signature_invalid');
  });

  it('does not let a signed parameter of a recording open its media', async () => {
    const { search } = new URL(await signRecordingUrl(`${URL_TO_SIGN}?a=1`, options));
    expect(await findSigned(URL_TO_SIGN + search)).toBe(URL_TO_SIGN);
    expect(await findSigned(`${URL_TO_SIGN}/Media${search}`)).toBe('signature_invalid');
  });

  it.each([
    { name: 'a room', url: `${ROOM}/Timeline${ofRoom}` },
    { name: 'a recording', url: `${URL_TO_SIGN}/Media${ofRecording}` },
  ])('rejects with url_expired after the signature of $name has expired', async ({ url }) => {
    expect(await findSigned(url, NOW + 599_999)).not.toBe('url_expired');
    expect(await findSigned(url, NOW + 600_000)).toBe('url_expired');
  });

  it('accepts a key that is 32 bytes as base64url', async () => {
    const keys = [{ id: 'derived', secret: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8' }];
    const url = `${URL_TO_SIGN}/Media?format=matroska`;
    const signed = await signRecordingUrl(url, { keys, expiresIn: 60, now: NOW });
    await expect(verifyUrl(signed, { keys, now: NOW })).resolves.toMatchObject({ kid: 'derived' });
  });
});
