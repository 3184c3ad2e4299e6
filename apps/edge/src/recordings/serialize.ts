import type { RoomRecording } from '@room-recordings/core';
import type { HidableField } from '../hidden-fields.ts';
import type { RecordingId } from '../route.ts';

/**
 * The recording as this edge shows it: `url` and `links` lead here, and never to the account's own, and what is hidden is
 * null.
 *
 * @param cover is laid over the recording.
 */
export function serializeRecording(
  recording: RoomRecording,
  { roomSid, sid }: RecordingId,
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
