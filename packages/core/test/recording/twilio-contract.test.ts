import { describe, expect, it } from 'vitest';
import { parseRoomRecording, safeParseRoomRecording } from '../../src/recording/parse.ts';
import { asked, example } from '../example.ts';

const ENUMS = ['status', 'type', 'container_format', 'codec'];
const NULLABLE = Object.keys(example).filter((name) => !ENUMS.includes(name));

/** The example as it would be with these attributes. */
const parse = (attributes: object) => parseRoomRecording({ ...example, ...attributes });
const refuses = (attributes: object) => !safeParseRoomRecording({ ...example, ...attributes }).success;

/** The example without these attributes. */
function without(names: readonly string[]): object {
  return Object.fromEntries(Object.entries(example).filter(([name]) => !names.includes(name)));
}

describe('what Twilio sends', () => {
  it.each(NULLABLE)('point 1: %s may be null or left out, and is null either way', (name) => {
    const left = parseRoomRecording(without([name]));
    expect(left).toEqual(parse({ [name]: null }));
    expect(Object.entries(left)).toContainEqual([name, null]);
  });

  it.each(ENUMS)('point 1: %s may be neither null nor left out', (name) => {
    expect(refuses({ [name]: null })).toBe(true);
    expect(safeParseRoomRecording(without([name])).success).toBe(false);
  });

  it.each([
    ['status', ['processing', 'completed', 'deleted', 'failed']],
    ['type', ['audio', 'video', 'data']],
    ['container_format', ['mka', 'mkv']],
    ['codec', ['VP8', 'H264', 'OPUS', 'PCMU']],
  ])('point 2: %s is one of %j and nothing else', (name, values) => {
    for (const value of values) expect(parse({ [name]: value })).toMatchObject({ [name]: value });
    expect(refuses({ [name]: 'other' })).toBe(true);
  });

  it.each([
    ['opus', 'OPUS'],
    ['vp8', 'VP8'],
    ['h264', 'H264'],
    ['pcmu', 'PCMU'],
  ])('point 3: the codec %s is %s', (sent, codec) => {
    expect(parse({ codec: sent }).codec).toBe(codec);
  });

  it('point 4: grouping_sids holds the SIDs that it names, whichever they are', () => {
    const processing = { room_sid: asked.roomSid };
    const completed = { ...processing, participant_sid: 'PAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' };
    expect(parse({ grouping_sids: processing }).grouping_sids).toEqual(processing);
    expect(parse({ grouping_sids: completed }).grouping_sids).toEqual(completed);
  });

  it('point 5: links is a media link, or null when it is missing', () => {
    expect(parse({}).links).toEqual(example.links);
    expect(parseRoomRecording(without(['links'])).links).toBeNull();
  });

  it('point 6: size 0 and duration 0 stay 0 and do not become null', () => {
    expect(parse({ size: 0, duration: 0 })).toMatchObject({ size: 0, duration: 0 });
  });

  it('point 7: an offset beyond 32 bits is exact, as a number and as text', () => {
    expect(parse({ offset: 155_137_307_765 }).offset).toBe(155_137_307_765);
    expect(parse({ offset: '155137307765' }).offset).toBe(155_137_307_765);
  });

  it.each(['size', 'offset'])('point 7: a %s beyond 2^53 is refused and not rounded', (name) => {
    expect(refuses({ [name]: '9007199254740993' })).toBe(true);
    expect(refuses(JSON.parse(`{"${name}": 9007199254740993}`))).toBe(true);
    expect(refuses({ [name]: '9223372036854775807' })).toBe(true);
  });

  it.each(['2015-07-30T20:00:00Z', '2020-08-20T01:42:05.839174Z'])(
    'point 8: date_created %s is kept as written',
    (written) => {
      expect(parse({ date_created: written }).date_created).toBe(written);
    },
  );

  it('point 9: a track without a name carries its source SID, and that is a name like any other', () => {
    expect(parse({ track_name: example.source_sid }).track_name).toBe(example.source_sid);
  });

  it('point 9: media_external_location is the place in its owner’s bucket', () => {
    expect(parse({}).media_external_location).toBe('https://my-super-duper-bucket.s3.amazonaws.com/my/path/');
  });

  it('point 10: the answer without the room has no room_sid, and attributes that are dropped', () => {
    const callback = { status_callback: 'https://example.com', status_callback_method: 'POST' };
    expect(parseRoomRecording({ ...without(['room_sid']), ...callback })).toEqual(parse({ room_sid: null }));
  });

  it('point 10: an attribute that nobody knows is dropped', () => {
    expect(parse({ auth_token: 's3cret' })).toEqual(parse({}));
  });

  it.each(['account_sid', 'sid', 'source_sid', 'room_sid'])(
    'point 11: a %s of 31 characters is none',
    (name) => {
      const short = {
        [name]: String(Object.entries(example).find(([key]) => key === name)?.[1]).slice(0, 31),
      };
      expect(refuses(short)).toBe(true);
    },
  );

  it('point 13: June 31 is no date', () => {
    expect(refuses({ date_created: '2015-06-31T20:00:00Z' })).toBe(true);
    expect(refuses({ date_created: '2015-06-30T20:00:00Z' })).toBe(false);
  });
});
