import type {
  IdentifiedRecording,
  RoomSid,
  Timeline,
  TimelineReason,
  TimelineTrack,
} from '@room-recordings/core';
import type { HidableField } from '../recordings/serialize.ts';

/** A representation of a file: the parameter `format` of its URL, undefined for none, and its media type. */
export interface TrackFormat {
  readonly format: string | undefined;
  readonly type: string;
}

/** The times of a recording's file. */
export interface TrackTimes {
  /** Seconds: the first timestamp. */
  readonly start: number;
  /** Seconds from the first timestamp; null if the file does not state it. */
  readonly duration: number | null;
  /** Seconds from the first timestamp; null if the file was not scanned. */
  readonly gaps: readonly (readonly [from: number, to: number])[] | null;
}

/** A recording and the properties of its file. */
export interface TrackInput {
  readonly recording: IdentifiedRecording;
  /** Undefined if the file was not read. */
  readonly times: TrackTimes | undefined;
  /** The formats of its media in the order of their cost, or the reason why it has none. */
  readonly media: readonly TrackFormat[] | TimelineReason;
}

/** The values of a timeline that all of its tracks share. */
interface TimelineContext {
  readonly roomSid: RoomSid;
  /** The origin of the URLs. */
  readonly publicUrl: string;
  /** The attributes that are null in every response. */
  readonly hidden: ReadonlySet<HidableField>;
}

/**
 * Builds the timeline of a room, with URLs that are not signed.
 *
 * All recordings of a room have one offset at Twilio, so their difference is usually 0. The start of a track is in its file.
 *
 * @see https://www.twilio.com/docs/video/tutorials/manually-mix-tracks
 */
export function buildTimeline(inputs: readonly TrackInput[], context: TimelineContext): Timeline {
  const offsets = inputs.flatMap(({ recording: { offset } }) => (offset === null ? [] : [offset]));
  const leastOffset = offsets.reduce((least, offset) => Math.min(least, offset), Number.POSITIVE_INFINITY);
  const tracks = inputs.map((input) => toTrack(input, leastOffset, context)).toSorted(compareTracks);
  const starts = tracks.flatMap(({ start }) => (start === null ? [] : [start]));
  const ends = tracks.flatMap(({ end }) => (end === null ? [] : [end]));
  return {
    room_sid: context.roomSid,
    start: starts.length === 0 ? null : Math.min(...starts),
    end: ends.length === 0 ? null : Math.max(...ends),
    tracks,
  };
}

function toTrack(
  { recording, times, media }: TrackInput,
  leastOffset: number,
  { roomSid, publicUrl, hidden }: TimelineContext,
): TimelineTrack {
  const { sid } = recording;
  const start = computeStart(recording.offset, leastOffset, times);
  const sources = typeof media === 'string' ? [] : media;
  return {
    sid,
    type: recording.type,
    codec: recording.codec,
    status: recording.status,
    participant_sid: hidden.has('grouping_sids')
      ? null
      : (recording.grouping_sids?.['participant_sid'] ?? null),
    track_name: hidden.has('track_name') ? null : recording.track_name,
    start: start === null ? null : round(start),
    end: computeEnd(start, recording, times, hidden),
    gaps:
      start === null
        ? null
        : (times?.gaps?.map(([from, to]) => [round(start + from), round(start + to)]) ?? null),
    sources: sources.map(({ format, type }) => ({
      url: `${publicUrl}/v1/Rooms/${roomSid}/Recordings/${sid}/Media${format === undefined ? '' : `?format=${format}`}`,
      type,
      expires: null,
    })),
    reason: typeof media === 'string' ? media : null,
  };
}

/** Computes the start of a track. Without an offset it has the one of its room, which only its file can place in time. */
function computeStart(
  offset: number | null,
  leastOffset: number,
  times: TrackTimes | undefined,
): number | null {
  if (offset === null) return times?.start ?? null;
  return (offset - leastOffset) / 1000 + (times?.start ?? 0);
}

/** Computes the end of a track. The duration of a recording is whole seconds, and 0 while it is processed. */
function computeEnd(
  start: number | null,
  { status, duration }: IdentifiedRecording,
  times: TrackTimes | undefined,
  hidden: TimelineContext['hidden'],
): number | null {
  if (start === null || status === 'processing') return null;
  const seconds = times?.duration ?? (hidden.has('duration') ? null : duration);
  return seconds === null ? null : round(start + seconds);
}

/** Rounds seconds to milliseconds, so that sums have no digits of their own. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function compareTracks(a: TimelineTrack, b: TimelineTrack): number {
  const difference = (a.start ?? Number.MAX_VALUE) - (b.start ?? Number.MAX_VALUE);
  if (difference !== 0) return difference;
  return a.sid < b.sid ? -1 : 1;
}
