import type { RecordingSid, RoomSid } from './sid.ts';

/** Where a recording is in its life. */
export type RecordingStatus = 'processing' | 'completed' | 'deleted' | 'failed';

/** What kind of track was recorded. */
export type RecordingType = 'audio' | 'video' | 'data';

/** The Matroska container of the media: `mka` for audio, `mkv` for video. */
export type RecordingContainer = 'mka' | 'mkv';

/** How the media is encoded. Twilio sends either case; it is always upper case here. */
export type RecordingCodec = 'VP8' | 'H264' | 'OPUS' | 'PCMU';

/**
 * One recorded track of a room: Twilio's 17 documented attributes, each always there.
 *
 * Twilio may leave out or null all but the four enums, so those are the only ones never null.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export interface RoomRecording {
  readonly account_sid: string | null;
  readonly status: RecordingStatus;
  /** RFC 3339 with `Z` or an offset, as Twilio wrote it. */
  readonly date_created: string | null;
  readonly sid: RecordingSid | null;
  /** The SID of what was recorded: a track's, `MT…`. */
  readonly source_sid: string | null;
  /** Bytes of the media; 0 while processing. */
  readonly size: number | null;
  readonly url: string | null;
  readonly type: RecordingType;
  /** Whole seconds, rounded; 0 while processing. */
  readonly duration: number | null;
  readonly container_format: RecordingContainer;
  readonly codec: RecordingCodec;
  /** SIDs that the recording belongs to, such as `room_sid` and `participant_sid`. */
  readonly grouping_sids: Readonly<Record<string, string>> | null;
  /** Equals `source_sid` when the track has no name. */
  readonly track_name: string | null;
  /** Milliseconds from a point common to all rooms to the start of the track's source. */
  readonly offset: number | null;
  readonly media_external_location: string | null;
  readonly room_sid: RoomSid | null;
  readonly links: { readonly media: string } | null;
}

/** A recording that an answer to "this recording" named: both its SIDs are there. */
export interface IdentifiedRecording extends RoomRecording {
  readonly sid: RecordingSid;
  readonly room_sid: RoomSid;
}
