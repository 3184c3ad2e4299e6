import type { RoomRecording } from '@room-recordings/core';
import type { RecordingRef } from '@room-recordings/core';

/**
 * The recording as this edge shows it: `url` and `links` lead here, and never to the account's own, and what is hidden is
 * null.
 *
 * @param cover is laid over the recording.
 */
export function serializeRecording(
  recording: RoomRecording,
  { roomSid, sid }: RecordingRef,
  publicUrl: string,
  cover: Readonly<Partial<Record<HidableField, null>>>,
): string {
  const url = `${publicUrl}/v1/Rooms/${roomSid}/Recordings/${sid}`;
  const own = { sid, room_sid: roomSid, url, links: { media: `${url}/Media` } };
  return JSON.stringify({ ...recording, ...cover, ...own });
}

/**
 * A weak ETag from the bytes alone, so that every isolate, restart and runtime makes the same.
 * Weak, because a network in front may compress.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 */
export async function weakEtag(body: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  const hex = Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0'));
  return `W/"${hex.join('')}"`;
}

type Nullable = {
  [Name in keyof RoomRecording]: null extends RoomRecording[Name] ? Name : never;
}[keyof RoomRecording];

/** The attributes that may be answered as null: those that core's schema lets be null, but never what names a recording. */
export type HidableField = Exclude<Nullable, 'sid' | 'room_sid' | 'url' | 'links'>;

// The type of core decides: an attribute too many or too few does not compile.
const HIDEABLE: Readonly<Record<HidableField, null>> = {
  account_sid: null,
  date_created: null,
  source_sid: null,
  size: null,
  duration: null,
  grouping_sids: null,
  track_name: null,
  offset: null,
  media_external_location: null,
};

/** The names of all of them. */
export const HIDABLE_FIELDS: readonly string[] = Object.keys(HIDEABLE);

/** Whether a text names one of them. */
export function isHidableField(name: string): name is HidableField {
  return Object.hasOwn(HIDEABLE, name);
}

/** What is laid over a recording to hide these attributes: the rest stays, and so does the order. */
export function nullFields(hidden: readonly HidableField[]): Partial<Record<HidableField, null>> {
  return Object.fromEntries(hidden.map((name) => [name, null]));
}
