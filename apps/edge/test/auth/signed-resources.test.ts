import { signRecordingUrl, signRoomUrl, type SigningKey } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { createSignedUrlStrategy } from '../../src/auth/signed-url.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { findNothing, PATH, PUBLIC_URL, ROOM_SID, SID, parseTarget } from '../support/recording.ts';
import { accessTo, MEDIA_GRANTED } from './url-cases.ts';

const KEY: SigningKey = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a' };
const NEXT_KEY: SigningKey = { id: 'april', secret: 'canary-of-april-5a7b8c9d0e1f2a3b' };
const VARIABLES = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `${KEY.id}:${KEY.secret}` };
const INVALID = '403 signature_invalid';

const ROOM = `/v1/Rooms/${ROOM_SID}`;
const LIST = `${ROOM}/Recordings`;
const TIMELINE = `${ROOM}/Timeline`;
const MEDIA = `${PATH}/Media`;
const SOURCE_SID = `MT${'a'.repeat(32)}`;
const TIME = '2026-03-02T09:00:00Z';
const OTHER_PATH = PATH.replace(SID, `RT${'b'.repeat(32)}`);

/** Signs a path. Returns the query of the signed URL. */
async function signQuery(path: string, expiresIn = 600, key = KEY): Promise<string> {
  const signUrl = path === ROOM ? signRoomUrl : signRecordingUrl;
  return new URL(await signUrl(PUBLIC_URL + path, { keys: [key], expiresIn, now: NOW })).search;
}

const byRoom = await signQuery(ROOM);
const byRecording = await signQuery(PATH);
const byMedia = await signQuery(MEDIA);
const byList = await signQuery(`${LIST}?PageSize=5`);
const byTimeline = await signQuery(TIMELINE);

describe('the signature of a room', () => {
  it.each([
    { name: 'its list', path: LIST + byRoom, granted: '200' },
    {
      name: 'its list with filters',
      path: `${LIST}${byRoom}&Status=completed&SourceSid=${SOURCE_SID}&PageSize=5`,
      granted: '200',
    },
    {
      name: 'its list with dates',
      path: `${LIST}${byRoom}&DateCreatedAfter=${TIME}&DateCreatedBefore=${TIME}`,
      granted: '200',
    },
    {
      name: 'the next page of its list',
      path: `${LIST}?Page=1&PageToken=x&${byRoom.slice(1)}`,
      granted: '200',
    },
    { name: 'its timeline', path: TIMELINE + byRoom, granted: '200' },
    { name: 'a recording', path: PATH + byRoom, granted: '200' },
    { name: 'another recording', path: OTHER_PATH + byRoom, granted: '200' },
    { name: 'media', path: MEDIA + byRoom, granted: MEDIA_GRANTED },
    { name: 'the media of another recording', path: `${OTHER_PATH}/Media${byRoom}`, granted: MEDIA_GRANTED },
    { name: 'media in a format', path: `${MEDIA}${byRoom}&format=original`, granted: MEDIA_GRANTED },
    {
      name: 'media in a format twice, which the route rejects',
      path: `${MEDIA}${byRoom}&format=a&format=b`,
      granted: '400 invalid_query',
    },
  ])('opens $name, from the cache too', async ({ path, granted }) => {
    const edge = createInProcessEdge({ variables: VARIABLES });
    expect(await accessTo(edge, path)).toBe(granted);
    expect(await accessTo(edge, path)).toBe(granted);
  });

  it.each([
    { name: 'another room', path: LIST.replace('RMa', 'RMb') + byRoom },
    { name: 'a recording of another room', path: PATH.replace('RMa', 'RMb') + byRoom },
    { name: 'the media of another room', path: MEDIA.replace('RMa', 'RMb') + byRoom },
    { name: 'the room in upper case', path: LIST.replace(/a{32}/, 'A'.repeat(32)) + byRoom },
    { name: 'a later expiry', path: LIST + byRoom.replace('expires=17', 'expires=18') },
    { name: 'another key', path: LIST + byRoom.replace('march', 'april') },
    { name: 'a signature cut short', path: TIMELINE + byRoom.slice(0, -1) },
    { name: 'an unknown parameter of a list', path: `${LIST}${byRoom}&cb=1` },
    { name: 'a parameter of a list in another case', path: `${LIST}${byRoom}&pagesize=5` },
    { name: 'an encoded parameter of a list', path: `${LIST}${byRoom}&%50ageSize=5` },
    { name: 'a format of a list', path: `${LIST}${byRoom}&format=original` },
    { name: 'a parameter of a timeline', path: `${TIMELINE}${byRoom}&PageSize=5` },
    { name: 'a parameter of a recording', path: `${PATH}${byRoom}&format=original` },
    { name: 'a parameter of media that is not the format', path: `${MEDIA}${byRoom}&PageSize=5` },
    { name: 'the client of a media URL', path: `${MEDIA}${byRoom}&client=token+1` },
    { name: 'an empty parameter', path: `${LIST}${byRoom}&` },
    { name: 'a second expiry', path: `${LIST}${byRoom}&expires=1` },
    { name: 'a second signature', path: `${LIST}${byRoom}&signature=x` },
    { name: 'an encoded second signature', path: `${LIST}${byRoom}&%73ignature=x` },
  ])('is rejected with $name', async ({ path }) => {
    const edge = createInProcessEdge({ variables: VARIABLES });
    expect(await accessTo(edge, path)).toBe(INVALID);
    await accessTo(edge, LIST + byRoom);
    expect(await accessTo(edge, path)).toBe(INVALID);
    expect(edge.reads).toEqual([]);
  });
});

describe('the signature of a resource', () => {
  it.each([
    { name: 'of a recording opens its media', path: MEDIA + byRecording, expected: MEDIA_GRANTED },
    {
      name: 'of a recording opens a format',
      path: `${MEDIA}${byRecording}&format=original`,
      expected: MEDIA_GRANTED,
    },
    { name: 'of a recording adds no parameter', path: `${PATH}${byRecording}&format=x`, expected: INVALID },
    { name: 'of a recording adds no client', path: `${MEDIA}${byRecording}&client=x`, expected: INVALID },
    { name: 'of a recording not its room', path: LIST + byRecording, expected: INVALID },
    { name: 'of a recording not the timeline', path: TIMELINE + byRecording, expected: INVALID },
    { name: 'of a recording not another one', path: OTHER_PATH + byRecording, expected: INVALID },
    { name: 'of a recording not other media', path: `${OTHER_PATH}/Media${byRecording}`, expected: INVALID },
    { name: 'of media opens it', path: MEDIA + byMedia, expected: MEDIA_GRANTED },
    { name: 'of media opens no other format', path: `${MEDIA}${byMedia}&format=original`, expected: INVALID },
    { name: 'of media not the recording', path: PATH + byMedia, expected: INVALID },
    { name: 'of a list opens it with its query', path: LIST + byList, expected: '200' },
    { name: 'of a list not with another query', path: `${LIST}${byList}&Page=1`, expected: INVALID },
    { name: 'of a list not a recording', path: PATH + byList, expected: INVALID },
    { name: 'of a list not the timeline', path: TIMELINE + byList, expected: INVALID },
    { name: 'of a timeline opens it', path: TIMELINE + byTimeline, expected: '200' },
    { name: 'of a timeline not the list', path: LIST + byTimeline, expected: INVALID },
    { name: 'of a timeline not media', path: MEDIA + byTimeline, expected: INVALID },
  ])('$name: $expected', async ({ path, expected }) => {
    const edge = createInProcessEdge({ variables: VARIABLES });
    expect(await accessTo(edge, path)).toBe(expected);
    expect(await accessTo(edge, path)).toBe(expected);
  });

  it('covers the spelling of the path, and opens the upper-case path that it was made for', async () => {
    const upper = PATH.replace(/a{32}/g, 'A'.repeat(32));
    const edge = createInProcessEdge({ variables: VARIABLES });
    const query = await signQuery(upper);
    expect(await accessTo(edge, upper + query)).toBe('200');
    expect(await accessTo(edge, `${upper}/Media${query}`)).toBe(MEDIA_GRANTED);
    expect(await accessTo(edge, PATH + query)).toBe(INVALID);
  });

  it('has no route with doubled slashes', async () => {
    const { request } = createInProcessEdge({ variables: VARIABLES });
    for (const path of [LIST + byRoom, TIMELINE + byRoom, MEDIA + byRecording]) {
      expect((await request(path.replaceAll('/', '//'))).status).toBe(404);
    }
  });
});

describe('the end of a signature', () => {
  it.each([
    { name: 'a list', path: LIST, granted: '200' },
    { name: 'a timeline', path: TIMELINE, granted: '200' },
    { name: 'a recording', path: PATH, granted: '200' },
    { name: 'media', path: MEDIA, granted: MEDIA_GRANTED },
  ])('of a room ends the access to $name, whether it is cached or not', async ({ path, granted }) => {
    let now = NOW;
    const edge = createInProcessEdge({ variables: VARIABLES, services: { now: () => now } });
    now += 599_999;
    expect(await accessTo(edge, path + byRoom)).toBe(granted);
    now += 1;
    expect(await accessTo(edge, path + byRoom)).toBe('403 url_expired');
    const fresh = createInProcessEdge({ variables: VARIABLES, services: { now: () => now } });
    expect(await accessTo(fresh, path + byRoom)).toBe('403 url_expired');
    const rotated = createInProcessEdge({
      variables: { ...VARIABLES, URL_SIGNING_KEYS: `${NEXT_KEY.id}:${NEXT_KEY.secret}` },
    });
    expect(await accessTo(rotated, path + byRoom)).toBe(INVALID);
    expect(await accessTo(rotated, path + (await signQuery(ROOM, 60, NEXT_KEY)))).toBe(granted);
  });

  it('is part of the result, with one credential for all paths of a room', async () => {
    const strategy = createSignedUrlStrategy({ name: 'signed-url', keys: () => [KEY] }, () => NOW);
    const results = new Set<string>();
    for (const path of [LIST, `${LIST}?PageSize=5`, TIMELINE, PATH, MEDIA]) {
      const url = PUBLIC_URL + path + (path.includes('?') ? byRoom.replace('?', '&') : byRoom);
      const attempt = strategy({ method: 'GET', url, headers: new Headers() }, parseTarget(url), NOW);
      results.add(JSON.stringify(typeof attempt === 'function' ? await attempt('request-1') : attempt));
    }
    expect(results.size).toBe(1);
    expect(JSON.parse([...results].join())).toEqual({
      credential: expect.stringMatching(/^url /),
      expiresAt: NOW / 1000 + 600,
    });
  });
});

describe('a rejected URL', () => {
  it.each([
    { name: 'a list', path: LIST },
    { name: 'a timeline', path: TIMELINE },
    { name: 'media', path: MEDIA },
  ])('of $name does not reveal whether it exists', async ({ path }) => {
    const responses: unknown[] = [];
    for (const source of [undefined, { read: findNothing }]) {
      const edge = createInProcessEdge({ variables: VARIABLES, ...(source && { source }) });
      for (const query of ['', byRoom.slice(0, -1), byRoom.replace('march', 'april')]) {
        const { status, headers } = await edge.request(path + query);
        responses.push(JSON.stringify([status, [...headers].filter(([name]) => name !== 'x-request-id')]));
      }
      expect(edge.reads).toEqual([]);
    }
    expect(responses.slice(0, 3)).toEqual(responses.slice(3));
    expect(new Set(responses).size).toBe(1);
  });
});
