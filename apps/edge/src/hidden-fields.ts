import type { RoomRecording } from '@room-recordings/core';

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
