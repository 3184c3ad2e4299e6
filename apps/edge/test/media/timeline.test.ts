import type { IdentifiedRecording } from '@room-recordings/core';
import { isRoomSid } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { buildTimeline, type TrackInput } from '../../src/media/timeline.ts';
import { PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

// `RECORDING` has the SIDs that its type allows to be null.
const LISTED = RECORDING as IdentifiedRecording;

function toRoomSid(text: string) {
  if (!isRoomSid(text)) throw new TypeError('The room of the test is not a SID.');
  return text;
}

const CONTEXT = { roomSid: toRoomSid(ROOM_SID), publicUrl: PUBLIC_URL, hidden: new Set<never>() };
const createSid = (nth: number) => `RT${String(nth).padStart(32, '0')}` as IdentifiedRecording['sid'];
const WEBM = [{ format: undefined, type: 'audio/webm; codecs="opus"' }];

/** Creates the nth track of a room whose tracks have one offset. */
function createInput(nth: number, changes: Partial<TrackInput> = {}, attributes: object = {}): TrackInput {
  const recording = { ...LISTED, sid: createSid(nth), ...attributes };
  return { recording, times: { start: nth, duration: 2.5, gaps: null }, media: WEBM, ...changes };
}

/** Builds a timeline, and returns the times of its tracks. */
const build = (...inputs: readonly TrackInput[]) => buildTimeline(inputs, CONTEXT);

describe('buildTimeline()', () => {
  it('places a track by its file, with the attributes of its recording', () => {
    const groups = { grouping_sids: { room_sid: ROOM_SID, participant_sid: 'PA1' } };
    const timeline = build(
      createInput(1, { times: { start: 1.5640001, duration: 40.0209999, gaps: [[2, 4.0004]] } }, groups),
    );
    expect(timeline).toEqual({
      room_sid: ROOM_SID,
      start: 1.564,
      end: 41.585,
      tracks: [
        {
          sid: createSid(1),
          type: 'audio',
          codec: 'OPUS',
          status: 'completed',
          participant_sid: 'PA1',
          track_name: 'microphone',
          start: 1.564,
          end: 41.585,
          gaps: [[3.564, 5.564]],
          sources: [
            {
              url: `${PUBLIC_URL}/v1/Rooms/${ROOM_SID}/Recordings/${createSid(1)}/Media`,
              type: 'audio/webm; codecs="opus"',
              expires: null,
            },
          ],
          reason: null,
        },
      ],
    });
  });

  it('adds the difference of an offset to the least one of the room', () => {
    const { tracks } = build(
      createInput(1, {}, { offset: 155_137_309_000 }),
      createInput(2, {}, { offset: 155_137_307_000 }),
    );
    expect(tracks.map(({ sid, start }) => [sid, start])).toEqual([
      [createSid(2), 2],
      [createSid(1), 3],
    ]);
  });

  it('places a track whose file was not read by its offset and duration', () => {
    const unread = { times: undefined, media: 'pending' } as const;
    const { tracks, start, end } = build(
      createInput(1),
      createInput(2, unread, { offset: Number(LISTED.offset) + 5_000 }),
    );
    expect([start, end]).toEqual([1, 8]);
    expect(tracks[1]).toMatchObject({ start: 5, end: 8, gaps: null, sources: [], reason: 'pending' });
  });

  it('places a track without an offset by its file alone', () => {
    expect(build(createInput(7, {}, { offset: null })).start).toBe(7);
  });

  it('puts tracks without a start last, and does not count them for the room', () => {
    const unread = { times: undefined, media: 'unreadable' } as const;
    const timeline = build(
      createInput(3, unread, { offset: null }),
      createInput(2, unread, { offset: null }),
      createInput(1),
    );
    expect(timeline).toMatchObject({ start: 1, end: 3.5 });
    expect(timeline.tracks.map(({ sid, start, end }) => [sid, start, end])).toEqual([
      [createSid(1), 1, 3.5],
      [createSid(2), null, null],
      [createSid(3), null, null],
    ]);
  });

  it('orders tracks with one start by SID', () => {
    const at = { times: { start: 0, duration: null, gaps: null } };
    expect(build(createInput(2, at), createInput(1, at)).tracks.map(({ sid }) => sid)).toEqual([
      createSid(1),
      createSid(2),
    ]);
  });

  it('takes the end from the duration of the recording if the file does not state it', () => {
    expect(build(createInput(1, { times: { start: 1, duration: null, gaps: null } })).end).toBe(4);
  });

  it('gives a recording that is processing no end', () => {
    const input = createInput(
      1,
      { times: undefined, media: 'processing' },
      { status: 'processing', duration: 0 },
    );
    expect(build(input).tracks).toMatchObject([{ start: 0, end: null }]);
  });

  it('returns no start and no end for an empty room', () => {
    expect(build()).toEqual({ room_sid: ROOM_SID, start: null, end: null, tracks: [] });
  });

  it('hides the attributes of HIDDEN_FIELDS', () => {
    const inputs = [
      createInput(
        1,
        { times: { start: 1, duration: null, gaps: null } },
        { grouping_sids: { participant_sid: 'PA1' } },
      ),
    ];
    const hidden = new Set(['grouping_sids', 'track_name', 'duration'] as const);
    expect(buildTimeline(inputs, { ...CONTEXT, hidden }).tracks).toMatchObject([
      { participant_sid: null, track_name: null, start: 1, end: null },
    ]);
  });
});
