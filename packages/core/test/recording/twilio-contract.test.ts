import { describe, expect, it } from 'vitest';
import { parseRoomRecording, safeParseRoomRecording } from '../../src/recording/parse.ts';
import { requested, example } from '../example.ts';

const ENUMS = ['status', 'type', 'container_format', 'codec'];
const NULLABLE = Object.keys(example).filter((name) => !ENUMS.includes(name));

/** Parses the example with these attributes. */
const parse = (attributes: object) => parseRoomRecording({ ...example, ...attributes });
const isRejected = (attributes: object) => !safeParseRoomRecording({ ...example, ...attributes }).success;

/** Copies the example without these attributes. */
function without(names: readonly string[]): object {
  return Object.fromEntries(Object.entries(example).filter(([name]) => !names.includes(name)));
}

describe('a recording of Twilio', () => {
  it.each(NULLABLE)('has null for %s if Twilio sends null or omits it', (name) => {
    const left = parseRoomRecording(without([name]));
    expect(left).toEqual(parse({ [name]: null }));
    expect(Object.entries(left)).toContainEqual([name, null]);
  });

  it.each(ENUMS)('is rejected if %s is null or omitted', (name) => {
    expect(isRejected({ [name]: null })).toBe(true);
    expect(safeParseRoomRecording(without([name])).success).toBe(false);
  });

  it.each([
    { name: 'status', values: ['processing', 'completed', 'deleted', 'failed'] },
    { name: 'type', values: ['audio', 'video', 'data'] },
    { name: 'container_format', values: ['mka', 'mkv'] },
    { name: 'codec', values: ['VP8', 'H264', 'OPUS', 'PCMU'] },
  ])('accepts the documented values of $name only', ({ name, values }) => {
    for (const value of values) expect(parse({ [name]: value })).toMatchObject({ [name]: value });
    expect(isRejected({ [name]: 'other' })).toBe(true);
  });

  it.each([
    { sent: 'opus', codec: 'OPUS' },
    { sent: 'vp8', codec: 'VP8' },
    { sent: 'h264', codec: 'H264' },
    { sent: 'pcmu', codec: 'PCMU' },
  ])('has the codec $codec if Twilio sends $sent', ({ sent, codec }) => {
    expect(parse({ codec: sent }).codec).toBe(codec);
  });

  it('has the grouping_sids that Twilio sends', () => {
    const processing = { room_sid: requested.roomSid };
    const completed = { ...processing, participant_sid: 'PAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' };
    expect(parse({ grouping_sids: processing }).grouping_sids).toEqual(processing);
    expect(parse({ grouping_sids: completed }).grouping_sids).toEqual(completed);
  });

  it('has a media link, or null without one', () => {
    expect(parse({}).links).toEqual(example.links);
    expect(parseRoomRecording(without(['links'])).links).toBeNull();
  });

  it('has size 0 and duration 0, not null, while it is processed', () => {
    expect(parse({ size: 0, duration: 0 })).toMatchObject({ size: 0, duration: 0 });
  });

  it('has an exact offset beyond 32 bits, from a number and from text', () => {
    expect(parse({ offset: 155_137_307_765 }).offset).toBe(155_137_307_765);
    expect(parse({ offset: '155137307765' }).offset).toBe(155_137_307_765);
  });

  it.each(['size', 'offset'])('is rejected if %s is beyond 2^53, and not rounded', (name) => {
    expect(isRejected({ [name]: '9007199254740993' })).toBe(true);
    expect(isRejected(JSON.parse(`{"${name}": 9007199254740993}`))).toBe(true);
    expect(isRejected({ [name]: '9223372036854775807' })).toBe(true);
  });

  it.each(['2015-07-30T20:00:00Z', '2020-08-20T01:42:05.839174Z'])(
    'does not change date_created: %s',
    (written) => {
      expect(parse({ date_created: written }).date_created).toBe(written);
    },
  );

  it('accepts the source SID as the name of a track without a name', () => {
    expect(parse({ track_name: example.source_sid }).track_name).toBe(example.source_sid);
  });

  it('has the URL of a bucket as media_external_location', () => {
    expect(parse({}).media_external_location).toBe('https://my-super-duper-bucket.s3.amazonaws.com/my/path/');
  });

  it('has room_sid null and drops the callback attributes in responses without a room', () => {
    const callback = { status_callback: 'https://example.com', status_callback_method: 'POST' };
    expect(parseRoomRecording({ ...without(['room_sid']), ...callback })).toEqual(parse({ room_sid: null }));
  });

  it('drops unknown attributes', () => {
    expect(parse({ auth_token: 's3cret' })).toEqual(parse({}));
  });

  it.each(['account_sid', 'sid', 'source_sid', 'room_sid'])('is rejected if %s has 31 characters', (name) => {
    const short = {
      [name]: String(Object.entries(example).find(([key]) => key === name)?.[1]).slice(0, 31),
    };
    expect(isRejected(short)).toBe(true);
  });

  it('is rejected if date_created is June 31', () => {
    expect(isRejected({ date_created: '2015-06-31T20:00:00Z' })).toBe(true);
    expect(isRejected({ date_created: '2015-06-30T20:00:00Z' })).toBe(false);
  });
});
