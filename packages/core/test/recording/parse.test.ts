import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { RecordingsError, type RecordingIssue } from '../../src/errors.ts';
import { parseRoomRecording, safeParseRoomRecording } from '../../src/recording/parse.ts';
import { roomRecordingSchema } from '../../src/recording/schema.ts';
import { example } from '../example.ts';

/** An issue of the schema. */
function issue(path: readonly string[], expected: string, received: string): RecordingIssue {
  return { message: `The value must be ${expected}.`, path, expected, received };
}

const BARE = { status: 'completed', type: 'video', container_format: 'mkv', codec: 'vp8' };

/** The error that a call throws, or nothing. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('safeParseRoomRecording', () => {
  it('gives the official example with its codec in upper case', () => {
    expect(safeParseRoomRecording(example)).toEqual({
      success: true,
      recording: { ...example, codec: 'OPUS' },
    });
  });

  it('gives all 17 attributes, those left out as null', () => {
    expect(safeParseRoomRecording(BARE)).toEqual({
      success: true,
      recording: {
        account_sid: null,
        status: 'completed',
        date_created: null,
        sid: null,
        source_sid: null,
        size: null,
        url: null,
        type: 'video',
        duration: null,
        container_format: 'mkv',
        codec: 'VP8',
        grouping_sids: null,
        track_name: null,
        offset: null,
        media_external_location: null,
        room_sid: null,
        links: null,
      },
    });
  });

  it('leaves the value it was given alone and shares nothing with it', () => {
    const value = structuredClone(example);
    const result = safeParseRoomRecording(value);
    if (!result.success) throw new Error('the example is a recording');
    expect(value).toEqual(example);
    expect(result.recording).not.toBe(value);
    expect(result.recording.links).not.toBe(value.links);
    expect(result.recording.grouping_sids).not.toBe(value.grouping_sids);
  });

  it('names every wrong attribute with what it should be and what came', () => {
    const value = { ...example, status: 'gone', date_created: '2015-06-31T00:00:00Z', sid: 'RT1', size: -1 };
    expect(safeParseRoomRecording(value)).toEqual({
      success: false,
      issues: [
        issue(['status'], 'one of processing, completed, deleted, failed', '"gone"'),
        issue(['date_created'], 'an RFC 3339 date-time that exists', '"2015-06-31T00:00:00Z"'),
        issue(['sid'], 'RT and 32 hexadecimal digits', '"RT1"'),
        issue(['size'], 'an integer of 0 or more', '-1'),
      ],
    });
  });

  it('names an attribute inside another by its path', () => {
    expect(safeParseRoomRecording({ ...example, grouping_sids: { room_sid: 5 } })).toEqual({
      success: false,
      issues: [issue(['grouping_sids', 'room_sid'], 'a string', '5')],
    });
  });

  it.each([
    ['status', 'one of processing, completed, deleted, failed'],
    ['type', 'one of audio, video, data'],
    ['container_format', 'one of mka, mkv'],
    ['codec', 'one of VP8, H264, OPUS, PCMU'],
  ])('asks for %s by the values it may have', (name, expected) => {
    const rest = Object.fromEntries(Object.entries(example).filter(([key]) => key !== name));
    expect(safeParseRoomRecording(rest)).toEqual({
      success: false,
      issues: [issue([name], expected, 'undefined')],
    });
  });

  it('names what is wrong beside an attribute that is missing', () => {
    expect(safeParseRoomRecording({ size: -1, links: [] })).toMatchObject({
      issues: [
        { path: ['status'] },
        { path: ['size'] },
        { path: ['type'] },
        { path: ['container_format'] },
        { path: ['codec'] },
        { path: ['links'] },
      ],
    });
  });

  it.each(['grouping_sids', 'links'])('names a list for %s by what it should be', (name) => {
    expect(safeParseRoomRecording({ ...example, [name]: [] })).toEqual({
      success: false,
      issues: [issue([name], 'an object', 'Array')],
    });
  });

  it.each([
    ['shows 40 characters of what came', 'x'.repeat(38), `"${'x'.repeat(38)}"`],
    ['cuts off what came after 40 characters', 'x'.repeat(39), `"${'x'.repeat(39)}…`],
  ])('%s', (_what, status, received) => {
    expect(safeParseRoomRecording({ ...example, status })).toMatchObject({ issues: [{ received }] });
  });

  it.each([
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a text', '{}', '"{}"'],
    ['a number', 5, '5'],
    ['a list', [example], 'Array'],
    ['an empty list', [], 'Array'],
    ['a function', () => example, 'Function'],
  ])('refuses %s as a whole, with an empty path', (_what, value, received) => {
    expect(safeParseRoomRecording(value)).toEqual({
      success: false,
      issues: [issue([], 'an object', received)],
    });
  });
});

describe('parseRoomRecording', () => {
  it('returns what safeParseRoomRecording finds', () => {
    expect(safeParseRoomRecording(example)).toEqual({
      success: true,
      recording: parseRoomRecording(example),
    });
  });

  it('throws invalid_response with the issues, and says the first one', () => {
    const value = { ...example, type: 'screen', codec: 'av1' };
    const error = thrownBy(() => parseRoomRecording(value));
    expect(error).toBeInstanceOf(RecordingsError);
    expect(error).toMatchObject({
      code: 'invalid_response',
      message:
        'The value is not a room recording: type must be one of audio, video, data, but it is "screen".',
      issues: [{ path: ['type'] }, { path: ['codec'], received: '"AV1"' }],
    });
  });

  it('says of a value that is no object only what it is', () => {
    expect(thrownBy(() => parseRoomRecording(null))).toMatchObject({
      code: 'invalid_response',
      message: 'The value is not a room recording: it must be an object, but it is null.',
      issues: [{ path: [] }],
    });
  });

  it('shows in one short line what came, wherever it came', () => {
    const names = { [`a\nb${'c'.repeat(200)}`]: 0 };
    const result = safeParseRoomRecording({ ...example, status: 'do\nne', grouping_sids: names });
    if (result.success) throw new Error('The recording was not refused.');
    const [status, group] = result.issues;
    expect(status).toMatchObject({ path: ['status'], received: '"do ne"' });
    expect(group?.path).toEqual(['grouping_sids', `a b${'c'.repeat(97)}…`]);
  });

  it('collects 50 issues at most, however many groups are wrong', () => {
    const groups = Object.fromEntries(Array.from({ length: 98_000 }, (_, index) => [`name${index}`, index]));
    const { issues } = v.safeParse(roomRecordingSchema, { ...example, grouping_sids: groups });
    expect(issues).toHaveLength(50);
    expect(issues?.[49]).toMatchObject({
      message: 'The value must be a string.',
      path: [{ key: 'grouping_sids' }, { key: 'name49' }],
    });
    const result = safeParseRoomRecording({ ...example, grouping_sids: groups });
    if (result.success) throw new Error('The recording was not refused.');
    expect(result.issues).toHaveLength(50);
    expect(result.issues[49]).toEqual(issue(['grouping_sids', 'name49'], 'a string', '49'));
  });

  it('reads as many groups as are right', () => {
    const groups = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`name${index}`, 'a']));
    expect(safeParseRoomRecording({ ...example, grouping_sids: groups })).toMatchObject({
      success: true,
      recording: { grouping_sids: groups },
    });
  });

  it('judges groups by their own members alone', () => {
    const inherited = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`name${index}`, index]));
    const groups: unknown = Object.assign(Object.create(inherited), { room_sid: 'RM' });
    expect(safeParseRoomRecording({ ...example, grouping_sids: groups })).toMatchObject({
      success: true,
      recording: { grouping_sids: { room_sid: 'RM' } },
    });
  });

  it('names 50 issues at most', () => {
    const names = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`name${index}`, index]));
    const result = safeParseRoomRecording({ ...example, grouping_sids: names });
    expect(result).toMatchObject({ success: false, issues: { length: 50 } });
  });
});
