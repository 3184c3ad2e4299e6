import type { RecordingSid, RoomSid } from './sid.ts';

/** The state of a recording: `processing` is followed by `completed` or `failed`, and `completed` by `deleted`. */
export type RecordingStatus = 'processing' | 'completed' | 'deleted' | 'failed';

/** The kind of the recorded track. */
export type RecordingType = 'audio' | 'video' | 'data';

/** The Matroska container of the media: `mka` for audio, `mkv` for video. */
export type RecordingContainer = 'mka' | 'mkv';

/** The encoding of the media, in upper case. Twilio sends either case. */
export type RecordingCodec = 'VP8' | 'H264' | 'OPUS' | 'PCMU';

/**
 * One recorded track of a room: Twilio's 17 documented attributes, each of them always present.
 *
 * Twilio may omit all attributes but the four enums or send null for them, so the enums are the only attributes that are
 * never null.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export interface RoomRecording {
  readonly account_sid: string | null;
  readonly status: RecordingStatus;
  /** RFC 3339 with `Z` or an offset, as Twilio sent it. */
  readonly date_created: string | null;
  readonly sid: RecordingSid | null;
  /** The SID of the recorded track, `MT…`. */
  readonly source_sid: string | null;
  /** The length of the media in bytes; 0 while the recording is processed. */
  readonly size: number | null;
  readonly url: string | null;
  readonly type: RecordingType;
  /** The duration in whole seconds, rounded; 0 while the recording is processed. */
  readonly duration: number | null;
  readonly container_format: RecordingContainer;
  readonly codec: RecordingCodec;
  /** The SIDs to which the recording belongs, such as `room_sid` and `participant_sid`. */
  readonly grouping_sids: Readonly<Record<string, string>> | null;
  /** The name of the track; equal to `source_sid` if the track has no name. */
  readonly track_name: string | null;
  /** The milliseconds from a point in time that all rooms share to the start of the track's source. */
  readonly offset: number | null;
  readonly media_external_location: string | null;
  readonly room_sid: RoomSid | null;
  readonly links: { readonly media: string } | null;
}

/** A recording whose two SIDs are not null. */
export interface IdentifiedRecording extends RoomRecording {
  readonly sid: RecordingSid;
  readonly room_sid: RoomSid;
}
