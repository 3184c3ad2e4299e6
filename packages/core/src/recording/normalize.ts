import { MAX_ISSUES } from '../errors.ts';
import type { RoomRecording } from './types.ts';

const INTEGER_TEXT = /^-?(?:0|[1-9]\d{0,15})$/;
const COUNT_TEXT = /^(?:0|[1-9]\d{0,15})$/;
const LETTERS_AND_DIGITS = /^[A-Za-z0-9]+$/;

/** The 17 attributes, each of whatever type it came in. */
type Received = { readonly [Name in keyof RoomRecording]: unknown };

/**
 * Takes the documented attributes out of what Twilio sent, and reads what it may write in more than one way:
 * attributes left out, integers as text, codecs in lower case. What cannot be read so stays as it is, for the
 * check after it.
 */
export function normalizeRecording(sent: Readonly<Record<string, unknown>>): Received {
  return {
    account_sid: sent['account_sid'] ?? null,
    status: sent['status'],
    date_created: sent['date_created'] ?? null,
    sid: sent['sid'] ?? null,
    source_sid: sent['source_sid'] ?? null,
    size: readInteger(sent['size'], COUNT_TEXT),
    url: sent['url'] ?? null,
    type: sent['type'],
    duration: readInteger(sent['duration'], COUNT_TEXT),
    container_format: sent['container_format'],
    codec: readCodec(sent['codec']),
    grouping_sids: readGroups(sent['grouping_sids']),
    track_name: sent['track_name'] ?? null,
    offset: readInteger(sent['offset'], INTEGER_TEXT),
    media_external_location: sent['media_external_location'] ?? null,
    room_sid: sent['room_sid'] ?? null,
    links: readLinks(sent['links']),
  };
}

/** Some SDKs hand int64 out as text. Adding 0 makes one zero of both. */
function readInteger(input: unknown, text: RegExp): unknown {
  if (typeof input === 'number') return input + 0;
  return typeof input === 'string' && text.test(input) ? Number(input) + 0 : (input ?? null);
}

/** Only ASCII: some other letters have one of these as their upper case. */
function readCodec(input: unknown): unknown {
  return typeof input === 'string' && LETTERS_AND_DIGITS.test(input) ? input.toUpperCase() : input;
}

/** `links` without a media link says nothing more than null. */
function readLinks(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input ?? null;
  return 'media' in input && input.media !== null && input.media !== undefined ? input : null;
}

/**
 * Reduces an object with many wrong members to as many of them as an error may carry. valibot collects an issue for
 * each member, and 98,000 issues take a fifth of a second and more.
 */
function readGroups(input: unknown): unknown {
  if (!isRecord(input)) return input ?? null;
  const wrong: [name: string, value: unknown][] = [];
  for (const name in input) {
    const value = Object.hasOwn(input, name) ? input[name] : '';
    if (typeof value !== 'string' && wrong.push([name, value]) === MAX_ISSUES)
      return Object.fromEntries(wrong);
  }
  return input;
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
