import { describe, expect, it } from 'vitest';
import { RecordingsError } from '../../src/errors.ts';
import { parseRecordingPage } from '../../src/recording/page.ts';
import { parseRoomRecording } from '../../src/recording/parse.ts';
import { example, requested } from '../example.ts';

const URL = `https://video.twilio.com/v1/Rooms/${requested.roomSid}/Recordings?PageSize=2&Page=0`;
const OTHER_ROOM = `RM${'b'.repeat(32)}`;

/** The `meta` of a list with one page, as Twilio sends it. */
const META = {
  key: 'recordings',
  page: 0,
  page_size: 2,
  url: URL,
  first_page_url: URL,
  previous_page_url: null,
  next_page_url: null,
};

const parse = (value: unknown) => parseRecordingPage(value, requested.roomSid);

/** Returns the error that the page causes. */
function errorOf(value: unknown, roomSid: string = requested.roomSid): unknown {
  try {
    return parseRecordingPage(value, roomSid);
  } catch (error) {
    return error;
  }
}

describe('`parseRecordingPage()`', () => {
  it('returns the recordings with all attributes, and the meta as Twilio sends it', () => {
    const page = parse({ recordings: [example, { ...example, codec: 'PCMU' }], meta: META });
    const recording = parseRoomRecording(example);
    expect(page).toEqual({ recordings: [recording, { ...recording, codec: 'PCMU' }], meta: META });
    expect(page.meta).not.toHaveProperty('invalid');
  });

  it('returns null for each member of meta that the server omits', () => {
    expect(parse({ recordings: [], meta: {} })).toEqual({
      recordings: [],
      meta: {
        key: 'recordings',
        page: null,
        page_size: null,
        url: null,
        first_page_url: null,
        previous_page_url: null,
        next_page_url: null,
      },
    });
  });

  it('drops unknown members of the page and of meta', () => {
    expect(parse({ recordings: [], meta: { ...META, total: 1 }, more: true })).toEqual({
      recordings: [],
      meta: META,
    });
  });

  it('accepts the SID of the room in another case', () => {
    const room_sid = requested.roomSid.replaceAll('a', 'A');
    const { recordings } = parse({ recordings: [{ ...example, room_sid }], meta: META });
    expect(recordings).toEqual([expect.objectContaining({ room_sid })]);
  });

  it('accepts 1,000 recordings, which is the largest page of Twilio', () => {
    const recordings = Array.from({ length: 1000 }, () => example);
    expect(parse({ recordings, meta: META }).recordings).toHaveLength(1000);
  });

  it.each([
    { name: 'a list', value: [], path: [], message: 'it must be an object' },
    { name: 'null', value: null, path: [], message: 'it must be an object' },
    {
      name: 'no recordings',
      value: { meta: META },
      path: ['recordings'],
      message: 'recordings must be present',
    },
    { name: 'no meta', value: { recordings: [] }, path: ['meta'], message: 'meta must be present' },
    {
      name: 'an object of recordings',
      value: { recordings: { 0: example }, meta: META },
      path: ['recordings'],
      message: 'recordings must be an array',
    },
    {
      name: 'another list',
      value: { recordings: [], meta: { ...META, key: 'rooms' } },
      path: ['meta', 'key'],
      message: 'meta.key must be one of recordings, but it is "rooms".',
    },
    {
      name: 'a page number below 0',
      value: { recordings: [], meta: { ...META, page: -1 } },
      path: ['meta', 'page'],
      message: 'must be an integer of 0 or more',
    },
    {
      name: 'a relative next page',
      value: { recordings: [], meta: { ...META, next_page_url: '/v1/Rooms?Page=1' } },
      path: ['meta', 'next_page_url'],
      message: 'must be an absolute http or https URL',
    },
    {
      name: '1,001 recordings',
      value: { recordings: Array.from({ length: 1001 }, () => example), meta: META },
      path: ['recordings'],
      message: 'must be an array of at most 1000 recordings',
    },
  ])('rejects a page with $name as invalid_response', ({ value, path, message }) => {
    expect(errorOf(value)).toMatchObject({
      code: 'invalid_response',
      message: expect.stringContaining(message),
      issues: [{ path }],
    });
    expect(String(errorOf(value))).toContain('The value is not a page of recordings:');
  });

  it('rejects a room that is not a SID as invalid_sid', () => {
    expect(errorOf({ recordings: [], meta: META }, 'DailyStandup')).toMatchObject({ code: 'invalid_sid' });
  });

  it('adds the given details to its error', () => {
    const details = { status: 200, requestId: 'RQ1' };
    expect(() => parseRecordingPage([], requested.roomSid, details)).toThrow(
      expect.objectContaining({ status: 200, requestId: 'RQ1' }),
    );
  });
});

describe('a recording of a page that does not match the schema', () => {
  it('is left out and named in meta.invalid', () => {
    const sid = `RT${'c'.repeat(32)}`;
    const { recordings, meta } = parse({ recordings: [example, { ...example, sid, size: -1 }], meta: META });
    expect(recordings).toEqual([parseRoomRecording(example)]);
    expect(meta.invalid).toEqual([
      { sid, issues: [{ path: ['size'], message: 'The value must be an integer of 0 or more.' }] },
    ]);
  });

  it.each([
    { name: 'a text', item: 'canary', sid: null, path: [] },
    { name: 'null', item: null, sid: null, path: [] },
    { name: 'a recording without its SID', item: { ...example, sid: null }, sid: null, path: ['sid'] },
    { name: 'a SID that is not one', item: { ...example, sid: 'canary' }, sid: null, path: ['sid'] },
    {
      name: 'a recording without its room',
      item: { ...example, room_sid: null },
      sid: requested.sid,
      path: ['room_sid'],
    },
  ])('is named by its SID, or by null: $name', ({ item, sid, path }) => {
    const { recordings, meta } = parse({ recordings: [item], meta: META });
    expect(recordings).toEqual([]);
    expect(meta.invalid).toEqual([
      { sid, issues: [{ path, message: expect.stringMatching(/^The value must/) }] },
    ]);
    expect(JSON.stringify(meta)).not.toContain('canary');
  });

  it('is named with at most 10 issues', () => {
    const grouping_sids = Object.fromEntries(Array.from({ length: 30 }, (_, nth) => [`g${nth}`, nth]));
    const { meta } = parse({ recordings: [{ ...example, grouping_sids }], meta: META });
    expect(meta.invalid?.[0]?.issues).toHaveLength(10);
  });

  it('is named after those that the server left out', () => {
    const left = { sid: null, issues: [{ path: ['codec'], message: 'The value must be a codec.' }] };
    const { meta } = parse({ recordings: [5], meta: { ...META, invalid: [left] } });
    expect(meta.invalid).toEqual([left, { sid: null, issues: [expect.anything()] }]);
  });

  it.each([
    { name: 'a text', invalid: 'canary' },
    { name: 'an item of another shape', invalid: [5] },
    { name: 'an issue of another shape', invalid: [{ sid: null, issues: [5] }] },
    { name: 'a path of another shape', invalid: [{ sid: null, issues: [{ path: 'sid', message: '' }] }] },
    { name: 'a SID that is not one', invalid: [{ sid: 'canary', issues: [] }] },
  ])('cannot be named by the server as $name', ({ invalid }) => {
    const error = errorOf({ recordings: [], meta: { ...META, invalid } });
    expect(error).toBeInstanceOf(RecordingsError);
    expect(error).toMatchObject({ code: 'invalid_response', message: expect.stringContaining(' must be ') });
  });
});

describe('a recording of another room', () => {
  it.each([
    { name: 'is valid', item: { ...example, room_sid: OTHER_ROOM } },
    { name: 'does not match the schema', item: { sid: requested.sid, room_sid: OTHER_ROOM } },
  ])('rejects the page as a mismatch if the recording $name', ({ item }) => {
    expect(errorOf({ recordings: [example, item], meta: META })).toMatchObject({
      code: 'mismatch',
      message: `The page has a recording of another room than ${requested.roomSid}.`,
    });
  });
});
