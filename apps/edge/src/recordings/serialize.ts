import type { RoomRecording } from '@room-recordings/core';

/**
 * Serializes the public representation of a recording: `url` and `links` lead to this edge, and hidden attributes are null.
 *
 * @param hidden the hidden attributes, as null (see `nullFields`).
 */
export function serializeRecording(
  recording: RoomRecording,
  { roomSid, sid }: Readonly<Record<'roomSid' | 'sid', string>>,
  publicUrl: string,
  hidden: Readonly<Partial<Record<HidableField, null>>>,
): string {
  const url = `${publicUrl}/v1/Rooms/${roomSid}/Recordings/${sid}`;
  const identity = { sid, room_sid: roomSid, url, links: { media: `${url}/Media` } };
  return JSON.stringify({ ...recording, ...hidden, ...identity });
}

/**
 * Computes a weak ETag. It is weak, because a proxy may compress the body.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 */
export async function weakEtag(body: string): Promise<string> {
  return `W/${await strongEtag(body)}`;
}

/** Computes a strong ETag from a text alone, so that every isolate, process and runtime computes the same one. */
export async function strongEtag(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0'));
  return `"${hex.join('')}"`;
}

type Nullable = {
  [Name in keyof RoomRecording]: null extends RoomRecording[Name] ? Name : never;
}[keyof RoomRecording];

/** An attribute that HIDDEN_FIELDS may name: one that core's schema allows to be null, and that does not identify the recording. */
export type HidableField = Exclude<Nullable, 'sid' | 'room_sid' | 'url' | 'links'>;

// The type follows the schema of core: a missing or an additional attribute does not compile.
const NULL_FIELDS: Readonly<Record<HidableField, null>> = {
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

/** The names of the attributes that may be hidden. */
export const HIDABLE_FIELDS: readonly string[] = Object.keys(NULL_FIELDS);

/** Returns whether a text names an attribute that may be hidden. */
export function isHidableField(name: string): name is HidableField {
  return Object.hasOwn(NULL_FIELDS, name);
}

/** Returns an object that hides attributes when it is spread over a recording. The order of the attributes does not change. */
export function nullFields(hidden: readonly HidableField[]): Partial<Record<HidableField, null>> {
  return Object.fromEntries(hidden.map((name) => [name, null]));
}
