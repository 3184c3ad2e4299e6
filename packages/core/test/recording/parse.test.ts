import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { RecordingsError, type RecordingIssue } from '../../src/errors.ts';
import { parseRoomRecording, safeParseRoomRecording } from '../../src/recording/parse.ts';
import { roomRecordingSchema } from '../../src/recording/schema.ts';
import { example } from '../example.ts';

/** Creates the expected issue. */
function issue(path: readonly string[], expected: string, received: string): RecordingIssue {
  return { message: `The value must be ${expected}.`, path, expected, received };
}

const BARE = { status: 'completed', type: 'video', container_format: 'mkv', codec: 'vp8' };

/** Returns the error that a call throws, or undefined. */
function thrownError(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('`safeParseRoomRecording()`', () => {
  it('returns the official example with its codec in upper case', () => {
    expect(safeParseRoomRecording(example)).toEqual({
      success: true,
      recording: { ...example, codec: 'OPUS' },
    });
  });

  it('returns all 17 attributes, with null for omitted attributes', () => {
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

  it('does not change its argument and returns new objects', () => {
    const value = structuredClone(example);
    const result = safeParseRoomRecording(value);
    if (!result.success) throw new Error('The example was rejected.');
    expect(value).toEqual(example);
    expect(result.recording).not.toBe(value);
    expect(result.recording.links).not.toBe(value.links);
    expect(result.recording.grouping_sids).not.toBe(value.grouping_sids);
  });

  it('returns an issue for each invalid attribute', () => {
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

  it('returns the path of a nested attribute', () => {
    expect(safeParseRoomRecording({ ...example, grouping_sids: { room_sid: 5 } })).toEqual({
      success: false,
      issues: [issue(['grouping_sids', 'room_sid'], 'a string', '5')],
    });
  });

  it.each([
    { name: 'status', expected: 'one of processing, completed, deleted, failed' },
    { name: 'type', expected: 'one of audio, video, data' },
    { name: 'container_format', expected: 'one of mka, mkv' },
    { name: 'codec', expected: 'one of VP8, H264, OPUS, PCMU' },
  ])('lists the documented values of $name in the issue', ({ name, expected }) => {
    const rest = Object.fromEntries(Object.entries(example).filter(([key]) => key !== name));
    expect(safeParseRoomRecording(rest)).toEqual({
      success: false,
      issues: [issue([name], expected, 'undefined')],
    });
  });

  it('returns issues for omitted and invalid attributes together', () => {
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

  it.each(['grouping_sids', 'links'])('returns an issue if %s is an array', (name) => {
    expect(safeParseRoomRecording({ ...example, [name]: [] })).toEqual({
      success: false,
      issues: [issue([name], 'an object', 'Array')],
    });
  });

  it.each([
    {
      name: 'has a received value of 40 characters',
      status: 'x'.repeat(38),
      received: `"${'x'.repeat(38)}"`,
    },
    {
      name: 'truncates the received value after 40 characters',
      status: 'x'.repeat(39),
      received: `"${'x'.repeat(39)}…`,
    },
  ])('an issue $name', ({ status, received }) => {
    expect(safeParseRoomRecording({ ...example, status })).toMatchObject({ issues: [{ received }] });
  });

  it.each([
    { name: 'null', value: null, received: 'null' },
    { name: 'undefined', value: undefined, received: 'undefined' },
    { name: 'a string', value: '{}', received: '"{}"' },
    { name: 'a number', value: 5, received: '5' },
    { name: 'an array', value: [example], received: 'Array' },
    { name: 'an empty array', value: [], received: 'Array' },
    { name: 'a function', value: () => example, received: 'Function' },
  ])('returns one issue with an empty path for $name', ({ value, received }) => {
    expect(safeParseRoomRecording(value)).toEqual({
      success: false,
      issues: [issue([], 'an object', received)],
    });
  });
});

describe('`parseRoomRecording()`', () => {
  it('returns the recording of safeParseRoomRecording', () => {
    expect(safeParseRoomRecording(example)).toEqual({
      success: true,
      recording: parseRoomRecording(example),
    });
  });

  it('throws invalid_response with all issues, and the first one in its message', () => {
    const value = { ...example, type: 'screen', codec: 'av1' };
    const error = thrownError(() => parseRoomRecording(value));
    expect(error).toBeInstanceOf(RecordingsError);
    expect(error).toMatchObject({
      code: 'invalid_response',
      message:
        'The value is not a room recording: type must be one of audio, video, data, but it is "screen".',
      issues: [{ path: ['type'] }, { path: ['codec'], received: '"AV1"' }],
    });
  });

  it('throws a message without a path for a value that is not an object', () => {
    expect(thrownError(() => parseRoomRecording(null))).toMatchObject({
      code: 'invalid_response',
      message: 'The value is not a room recording: it must be an object, but it is null.',
      issues: [{ path: [] }],
    });
  });

  it('removes line feeds from received values and names, and truncates names', () => {
    const names = { [`a\nb${'c'.repeat(200)}`]: 0 };
    const result = safeParseRoomRecording({ ...example, status: 'do\nne', grouping_sids: names });
    if (result.success) throw new Error('The recording was accepted.');
    const [status, group] = result.issues;
    expect(status).toMatchObject({ path: ['status'], received: '"do ne"' });
    expect(group?.path).toEqual(['grouping_sids', `a b${'c'.repeat(97)}…`]);
  });

  it('collects at most 50 issues of the schema for 98,000 invalid groups', () => {
    const groups = Object.fromEntries(Array.from({ length: 98_000 }, (_, index) => [`name${index}`, index]));
    const { issues } = v.safeParse(roomRecordingSchema, { ...example, grouping_sids: groups });
    expect(issues).toHaveLength(50);
    expect(issues?.[49]).toMatchObject({
      message: 'The value must be a string.',
      path: [{ key: 'grouping_sids' }, { key: 'name49' }],
    });
    const result = safeParseRoomRecording({ ...example, grouping_sids: groups });
    if (result.success) throw new Error('The recording was accepted.');
    expect(result.issues).toHaveLength(50);
    expect(result.issues[49]).toEqual(issue(['grouping_sids', 'name49'], 'a string', '49'));
  });

  it('accepts 1,000 valid groups', () => {
    const groups = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`name${index}`, 'a']));
    expect(safeParseRoomRecording({ ...example, grouping_sids: groups })).toMatchObject({
      success: true,
      recording: { grouping_sids: groups },
    });
  });

  it('ignores inherited members of grouping_sids', () => {
    const inherited = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`name${index}`, index]));
    const groups: unknown = Object.assign(Object.create(inherited), { room_sid: 'RM' });
    expect(safeParseRoomRecording({ ...example, grouping_sids: groups })).toMatchObject({
      success: true,
      recording: { grouping_sids: { room_sid: 'RM' } },
    });
  });

  it('returns at most 50 issues', () => {
    const names = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`name${index}`, index]));
    const result = safeParseRoomRecording({ ...example, grouping_sids: names });
    expect(result).toMatchObject({ success: false, issues: { length: 50 } });
  });
});
