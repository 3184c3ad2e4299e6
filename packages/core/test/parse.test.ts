import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { RecordingsError } from '../src/errors.ts';
import { parseRoomRecording, safeParseRoomRecording } from '../src/recording/parse.ts';
import { roomRecordingSchema } from '../src/recording/schema.ts';
import { example } from './example.ts';

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
    expect(safeParseRoomRecording(example)).toEqual({ ok: true, recording: { ...example, codec: 'OPUS' } });
  });

  it('gives all 17 attributes, those left out as null', () => {
    expect(safeParseRoomRecording(BARE)).toEqual({
      ok: true,
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
    if (!result.ok) throw new Error('the example is a recording');
    expect(value).toEqual(example);
    expect(result.recording).not.toBe(value);
    expect(result.recording.links).not.toBe(value.links);
    expect(result.recording.grouping_sids).not.toBe(value.grouping_sids);
  });

  it('names every wrong attribute with what it should be and what came', () => {
    const value = { ...example, status: 'gone', date_created: '2015-06-31T00:00:00Z', sid: 'RT1', size: -1 };
    expect(safeParseRoomRecording(value)).toEqual({
      ok: false,
      issues: [
        {
          path: 'status',
          expected: '("processing" | "completed" | "deleted" | "failed")',
          received: '"gone"',
        },
        {
          path: 'date_created',
          expected: 'an RFC 3339 date-time that exists',
          received: '"2015-06-31T00:00:00Z"',
        },
        { path: 'sid', expected: 'a recording SID (RT and 32 hex digits)', received: '"RT1"' },
        { path: 'size', expected: 'an integer of 0 or more', received: '-1' },
      ],
    });
  });

  it('names an attribute inside another by its path', () => {
    expect(safeParseRoomRecording({ ...example, grouping_sids: { room_sid: 5 } })).toEqual({
      ok: false,
      issues: [{ path: 'grouping_sids.room_sid', expected: 'string', received: '5' }],
    });
  });

  it.each([
    ['status', '("processing" | "completed" | "deleted" | "failed")'],
    ['type', '("audio" | "video" | "data")'],
    ['container_format', '("mka" | "mkv")'],
    ['codec', '("VP8" | "H264" | "OPUS" | "PCMU")'],
  ])('asks for %s by the values it may have', (name, expected) => {
    const rest = Object.fromEntries(Object.entries(example).filter(([key]) => key !== name));
    expect(safeParseRoomRecording(rest)).toEqual({
      ok: false,
      issues: [{ path: name, expected, received: 'undefined' }],
    });
  });

  it('names what is wrong beside an attribute that is missing', () => {
    expect(safeParseRoomRecording({ size: -1, links: [] })).toMatchObject({
      issues: [
        { path: 'status' },
        { path: 'size' },
        { path: 'type' },
        { path: 'container_format' },
        { path: 'codec' },
        { path: 'links' },
      ],
    });
  });

  it.each(['grouping_sids', 'links'])('names a list for %s by what it should be', (name) => {
    expect(safeParseRoomRecording({ ...example, [name]: [] })).toEqual({
      ok: false,
      issues: [{ path: name, expected: 'an object', received: 'Array' }],
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
      ok: false,
      issues: [{ path: '', expected: 'an object', received }],
    });
  });
});

describe('parseRoomRecording', () => {
  it('returns what safeParseRoomRecording finds', () => {
    expect(safeParseRoomRecording(example)).toEqual({ ok: true, recording: parseRoomRecording(example) });
  });

  it('throws invalid_response with the issues, and says the first one', () => {
    const value = { ...example, type: 'screen', codec: 'av1' };
    const error = thrownBy(() => parseRoomRecording(value));
    expect(error).toBeInstanceOf(RecordingsError);
    expect(error).toMatchObject({
      code: 'invalid_response',
      message:
        'This is not a room recording at type: expected ("audio" | "video" | "data"), received "screen".',
      issues: [{ path: 'type' }, { path: 'codec', received: '"AV1"' }],
    });
  });

  it('says of a value that is no object only what it is', () => {
    expect(thrownBy(() => parseRoomRecording(null))).toMatchObject({
      code: 'invalid_response',
      message: 'This is not a room recording: expected an object, received null.',
      issues: [{ path: '' }],
    });
  });

  it('shows in one short line what came, wherever it came', () => {
    const names = { [`a\nb${'c'.repeat(200)}`]: 0 };
    const result = safeParseRoomRecording({ ...example, status: 'do\nne', grouping_sids: names });
    if (result.ok) throw new Error('The recording was not refused.');
    const [status, group] = result.issues;
    expect(status).toMatchObject({ path: 'status', received: '"do ne"' });
    expect(group?.path).toBe(`grouping_sids.a b${'c'.repeat(103)}…`);
  });

  it('collects 50 issues at most, however many groups are wrong', () => {
    const groups = Object.fromEntries(Array.from({ length: 98_000 }, (_, index) => [`name${index}`, index]));
    const { issues } = v.safeParse(roomRecordingSchema, { ...example, grouping_sids: groups });
    expect(issues).toHaveLength(50);
    expect(issues?.[49]).toMatchObject({
      message: 'Invalid type: Expected string but received 49',
      path: [{ key: 'grouping_sids' }, { key: 'name49' }],
    });
    const result = safeParseRoomRecording({ ...example, grouping_sids: groups });
    if (result.ok) throw new Error('The recording was not refused.');
    expect(result.issues).toHaveLength(50);
    expect(result.issues[49]).toEqual({ path: 'grouping_sids.name49', expected: 'string', received: '49' });
  });

  it('reads as many groups as are right', () => {
    const groups = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`name${index}`, 'a']));
    expect(safeParseRoomRecording({ ...example, grouping_sids: groups })).toMatchObject({
      ok: true,
      recording: { grouping_sids: groups },
    });
  });

  it('judges groups by their own members alone', () => {
    const inherited = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`name${index}`, index]));
    const groups: unknown = Object.assign(Object.create(inherited), { room_sid: 'RM' });
    expect(safeParseRoomRecording({ ...example, grouping_sids: groups })).toMatchObject({
      ok: true,
      recording: { grouping_sids: { room_sid: 'RM' } },
    });
  });

  it('names 50 issues at most', () => {
    const names = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`name${index}`, index]));
    const result = safeParseRoomRecording({ ...example, grouping_sids: names });
    expect(result).toMatchObject({ ok: false, issues: { length: 50 } });
  });
});
