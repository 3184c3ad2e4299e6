import { parseRoomRecording, type RoomRecording } from '@room-recordings/core';
import type { CacheApi } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { HIDABLE_FIELDS, weakEtag } from '../../src/recordings/serialize.ts';
import { createCacheKeyBuilder } from '../../src/recordings/tiered-store.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH, PUBLIC_URL, RECORDING, parseTarget } from '../support/recording.ts';

const CANARY = 'canary-5f3e';
const NAMED: RoomRecording = {
  ...RECORDING,
  track_name: CANARY,
  media_external_location: `https://${CANARY}`,
};
const readNamed = () => Promise.resolve(NAMED);

/** Creates a Cache API whose entries outlive a deployment, as those of a data centre or of Deno's folder do. */
function createCacheApi() {
  const responses = new Map<string, Response>();
  const cacheApi: CacheApi = {
    match: (url) => Promise.resolve(responses.get(new Request(url).url)?.clone()),
    put: (url, response) => Promise.resolve(void responses.set(new Request(url).url, response)),
    delete: (url) => Promise.resolve(responses.delete(new Request(url).url)),
  };
  const readBodies = () => Promise.all([...responses.values()].map((response) => response.clone().text()));
  return { cacheApi, responses, readBodies };
}

const hide = (names: string) => ({ HIDDEN_FIELDS: names });

/** The source is Twilio because the edge does not store responses of an archive in the Cache API. */
const hideWithTwilio = (names: string) => ({
  ...hide(names),
  RECORDINGS_SOURCE: 'twilio',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
});

describe('HIDDEN_FIELDS', () => {
  it.each(HIDABLE_FIELDS.map((name) => ({ name })))(
    'sets $name to null and changes nothing else',
    async ({ name }) => {
      const complete = JSON.parse(await (await createTestEdge(readNamed).request()).text());
      const response = await createTestEdge(readNamed, hide(name)).request();
      const text = await response.text();
      expect(text).toBe(JSON.stringify({ ...complete, [name]: null }));
      expect(parseRoomRecording(JSON.parse(text))).toEqual(JSON.parse(text));
    },
  );

  it('still returns a valid recording if every hidable field is hidden', async () => {
    const response = await createTestEdge(readNamed, hide(HIDABLE_FIELDS.join(', '))).request();
    const recording = parseRoomRecording(await response.json());
    const url = PUBLIC_URL + PATH;
    expect(recording).toMatchObject({ sid: NAMED.sid, url, links: { media: `${url}/Media` } });
    expect(Object.values(recording).filter((value) => value === null)).toHaveLength(9);
  });

  it('the ETag depends on the visible fields only, so that it does not reveal a hidden value', async () => {
    const fetchEtag = async (track_name: string, names: string) => {
      const edge = createTestEdge(() => Promise.resolve({ ...RECORDING, track_name }), hide(names));
      return (await edge.request()).headers.get('ETag');
    };
    expect(await fetchEtag('one', 'track_name')).toBe(await fetchEtag('other', 'track_name'));
    expect(await fetchEtag('one', 'track_name')).not.toBe(await fetchEtag('one', ''));
    expect(await fetchEtag('one', 'track_name')).not.toBe(await fetchEtag('one', 'track_name,size'));
  });

  it('the values of hidden fields are not stored in the Cache API', async () => {
    const { cacheApi, responses, readBodies } = createCacheApi();
    await createTestEdge(readNamed, hideWithTwilio('track_name,media_external_location'), {
      cacheApi,
    }).request();
    expect(responses.size).toBe(1);
    expect((await readBodies()).join()).not.toContain(CANARY);
    expect([...responses.keys()].join()).not.toContain(CANARY);
  });

  it('an entry that a deployment with fewer hidden fields stored is not used', async () => {
    const { cacheApi, responses } = createCacheApi();
    const deployments = ['', 'track_name', 'account_sid,track_name', ''];
    const bodies: unknown[] = [];
    const reads: number[] = [];
    for (const hiddenFields of deployments) {
      const edge = createTestEdge(readNamed, hideWithTwilio(hiddenFields), { cacheApi });
      const body: unknown = await (await edge.request()).json();
      bodies.push(body);
      reads.push(edge.reads.length);
    }
    expect(bodies).toMatchObject([
      { track_name: CANARY, account_sid: NAMED.account_sid },
      { track_name: null, account_sid: NAMED.account_sid },
      { track_name: null, account_sid: null },
      { track_name: CANARY, account_sid: NAMED.account_sid },
    ]);
    // The last deployment uses the entry of the first one: both hide the same fields.
    expect(reads).toEqual([1, 1, 1, 0]);
    expect(responses.size).toBe(3);
  });

  it('an entry that was stored with the same hidden fields in another order is used', async () => {
    const { cacheApi } = createCacheApi();
    await createTestEdge(readNamed, hideWithTwilio('track_name,size'), { cacheApi }).request();
    const later = createTestEdge(readNamed, hideWithTwilio('size, track_name,size'), { cacheApi });
    expect((await later.request()).status).toBe(200);
    expect(later.reads).toEqual([]);
  });

  it.each([
    { name: 'the SID', value: 'sid' },
    { name: 'the SID of the room', value: 'room_sid' },
    { name: 'the URL', value: 'url' },
    { name: 'the links', value: 'links' },
    { name: 'the status', value: 'status' },
    { name: 'the type', value: 'type' },
    { name: 'the container format', value: 'container_format' },
    { name: 'the codec', value: 'codec' },
    { name: 'an unknown field', value: 'participant_sid' },
    { name: 'a field in other letter case', value: 'Track_Name' },
    { name: '__proto__', value: '__proto__' },
    { name: 'toString', value: 'toString' },
    { name: 'an empty member', value: 'size,,offset' },
    { name: 'a star', value: '*' },
    { name: 'spaces between names', value: 'size offset' },
  ])('stops the start with an error of one line for $name', ({ value }) => {
    const parse = () => parseConfig(hide(`track_name,${value}`));
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(/^HIDDEN_FIELDS must be [^\n]+$/);
    for (const field of HIDABLE_FIELDS) expect(parse).toThrow(field);
  });
});

it('weakEtag() returns 32 hexadecimal digits for every body', async () => {
  const etags = await Promise.all(Array.from({ length: 64 }, (_, index) => weakEtag(`body ${index}`)));
  for (const etag of etags) expect(etag).toMatch(/^W\/"[\da-f]{32}"$/);
  expect(new Set(etags).size).toBe(64);
});

it('createCacheKeyBuilder() returns a different URL for each set of hidden fields', () => {
  const target = parseTarget();
  const sets = [[], ['size'], ['size', 'track_name'], ['track_name']];
  const keys = sets.map((hiddenFields) =>
    createCacheKeyBuilder(['archive'], hiddenFields)(target, PUBLIC_URL),
  );
  expect(new Set(keys).size).toBe(sets.length);
  for (const key of keys) expect(URL.canParse(key)).toBe(true);
});

it('createCacheKeyBuilder() returns a different URL for each kind of resource of a room', () => {
  const recording = parseTarget();
  const { roomSid } = recording.id;
  const buildKey = createCacheKeyBuilder(['archive']);
  const keys = [
    buildKey(recording, PUBLIC_URL),
    buildKey({ kind: 'list', id: { roomSid } }, PUBLIC_URL),
    buildKey({ kind: 'timeline', id: { roomSid } }, PUBLIC_URL),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});
