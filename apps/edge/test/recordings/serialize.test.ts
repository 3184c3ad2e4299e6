import { parseRoomRecording, type RoomRecording } from '@room-recordings/core';
import type { CacheApi } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { HIDABLE_FIELDS } from '../../src/recordings/serialize.ts';
import { cacheKeyBuilder } from '../../src/recordings/tiered-store.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';

const CANARY = 'canary-5f3e';
const NAMED: RoomRecording = {
  ...RECORDING,
  track_name: CANARY,
  media_external_location: `https://${CANARY}`,
};
const readNamed = () => Promise.resolve(NAMED);

/** What a data centre, or Deno's folder, keeps over a deployment. */
function makeCacheApi() {
  const kept = new Map<string, Response>();
  const cacheApi: CacheApi = {
    match: (url) => Promise.resolve(kept.get(new Request(url).url)?.clone()),
    put: (url, response) => Promise.resolve(void kept.set(new Request(url).url, response)),
    delete: (url) => Promise.resolve(kept.delete(new Request(url).url)),
  };
  const read = () => Promise.all([...kept.values()].map((response) => response.clone().text()));
  return { cacheApi, kept, read };
}

const hide = (names: string) => ({ HIDDEN_FIELDS: names });

/** Of an archive nothing is kept behind the memory. */
const hideOfTwilio = (names: string) => ({
  ...hide(names),
  RECORDINGS_SOURCE: 'twilio',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
});

describe('HIDDEN_FIELDS', () => {
  it.each(HIDABLE_FIELDS)('answers %s as null, and all else as ever, in its order', async (name) => {
    const shown = JSON.parse(await (await createTestEdge(readNamed).request()).text());
    const response = await createTestEdge(readNamed, hide(name)).request();
    const text = await response.text();
    expect(text).toBe(JSON.stringify({ ...shown, [name]: null }));
    expect(parseRoomRecording(JSON.parse(text))).toEqual(JSON.parse(text));
  });

  it('S29: hides all that may be hidden at once, and still answers a recording', async () => {
    const response = await createTestEdge(readNamed, hide(HIDABLE_FIELDS.join(', '))).request();
    const recording = parseRoomRecording(await response.json());
    const url = PUBLIC_URL + PATH;
    expect(recording).toMatchObject({ sid: NAMED.sid, url, links: { media: `${url}/Media` } });
    expect(Object.values(recording).filter((value) => value === null)).toHaveLength(9);
  });

  it('R01: makes the ETag of what is shown, so that it tells nothing of what is hidden', async () => {
    const etagOf = async (track_name: string, names: string) => {
      const edge = createTestEdge(() => Promise.resolve({ ...RECORDING, track_name }), hide(names));
      return (await edge.request()).headers.get('ETag');
    };
    expect(await etagOf('one', 'track_name')).toBe(await etagOf('other', 'track_name'));
    expect(await etagOf('one', 'track_name')).not.toBe(await etagOf('one', ''));
    expect(await etagOf('one', 'track_name')).not.toBe(await etagOf('one', 'track_name,size'));
  });

  it('hides before anything is stored: no byte of it is in the Cache API', async () => {
    const { cacheApi, kept, read } = makeCacheApi();
    await createTestEdge(readNamed, hideOfTwilio('track_name,media_external_location'), {
      cacheApi,
    }).request();
    expect(kept.size).toBe(1);
    expect((await read()).join()).not.toContain(CANARY);
    expect([...kept.keys()].join()).not.toContain(CANARY);
  });

  it('never finds what an earlier deployment stored with more to see', async () => {
    const { cacheApi, kept } = makeCacheApi();
    const steps = ['', 'track_name', 'account_sid,track_name', ''];
    const names: unknown[] = [];
    const reads: number[] = [];
    for (const step of steps) {
      const edge = createTestEdge(readNamed, hideOfTwilio(step), { cacheApi });
      const body: unknown = await (await edge.request()).json();
      names.push(body);
      reads.push(edge.reads.length);
    }
    expect(names).toMatchObject([
      { track_name: CANARY, account_sid: NAMED.account_sid },
      { track_name: null, account_sid: NAMED.account_sid },
      { track_name: null, account_sid: null },
      { track_name: CANARY, account_sid: NAMED.account_sid },
    ]);
    // The last one finds what the first one stored: it shows as much.
    expect(reads).toEqual([1, 1, 1, 0]);
    expect(kept.size).toBe(3);
  });

  it('finds what was stored with the same names in another order', async () => {
    const { cacheApi } = makeCacheApi();
    await createTestEdge(readNamed, hideOfTwilio('track_name,size'), { cacheApi }).request();
    const later = createTestEdge(readNamed, hideOfTwilio('size, track_name,size'), { cacheApi });
    expect((await later.request()).status).toBe(200);
    expect(later.reads).toEqual([]);
  });

  it.each([
    ['what names the recording', 'sid'],
    ['what names the room', 'room_sid'],
    ['where it is', 'url'],
    ['where its media is', 'links'],
    ['an attribute that is never null', 'status'],
    ['an attribute that is never null', 'type'],
    ['an attribute that is never null', 'container_format'],
    ['an attribute that is never null', 'codec'],
    ['an unknown name', 'participant_sid'],
    ['another spelling', 'Track_Name'],
    ['every object’s own', '__proto__'],
    ['every object’s own', 'toString'],
    ['an empty member', 'size,,offset'],
    ['a star', '*'],
    ['spaces between', 'size offset'],
  ])('stops the start with one line for %s: %s', (_what, names) => {
    const read = () => parseConfig(hide(`track_name,${names}`));
    expect(read).toThrow(
      new ConfigError(
        'HIDDEN_FIELDS must be names out of account_sid, date_created, source_sid, size, duration, grouping_sids, track_name, offset, media_external_location with commas between them.',
      ),
    );
  });
});

describe('keysOf', () => {
  const route = matchRoute(PATH);
  if (route?.name !== 'recording' || route.id === undefined) throw new Error('No recording there.');
  const { id } = route;

  it('makes a key for each set of hidden attributes, and each is a URL', () => {
    const sets = [[], ['size'], ['size', 'track_name'], ['track_name']];
    const keys = sets.map((hidden) => cacheKeyBuilder(['archive'], hidden)(id, PUBLIC_URL));
    expect(new Set(keys).size).toBe(sets.length);
    for (const key of keys) {
      expect(URL.canParse(key)).toBe(true);
    }
  });
});
