import { MAX_ISSUES } from '../errors.ts';
import type { RoomRecording } from './types.ts';

const INTEGER_TEXT = /^-?(?:0|[1-9]\d{0,15})$/;
const NON_NEGATIVE_INTEGER_TEXT = /^(?:0|[1-9]\d{0,15})$/;
const LETTERS_AND_DIGITS = /^[A-Za-z0-9]+$/;

/** The 17 attributes, not validated yet. */
type UncheckedRecording = { readonly [Name in keyof RoomRecording]: unknown };

/**
 * Selects the documented attributes and normalises the forms in which Twilio may send them: omitted attributes, integers as
 * text, codecs in lower case.
 *
 * @returns an object with all 17 attributes. A value of any other form is unchanged, for the schema to reject.
 */
export function normalizeRecording(input: Readonly<Record<string, unknown>>): UncheckedRecording {
  return {
    account_sid: input['account_sid'] ?? null,
    status: input['status'],
    date_created: input['date_created'] ?? null,
    sid: input['sid'] ?? null,
    source_sid: input['source_sid'] ?? null,
    size: normalizeInteger(input['size'], NON_NEGATIVE_INTEGER_TEXT),
    url: input['url'] ?? null,
    type: input['type'],
    duration: normalizeInteger(input['duration'], NON_NEGATIVE_INTEGER_TEXT),
    container_format: input['container_format'],
    codec: normalizeCodec(input['codec']),
    grouping_sids: normalizeGroups(input['grouping_sids']),
    track_name: input['track_name'] ?? null,
    offset: normalizeInteger(input['offset'], INTEGER_TEXT),
    media_external_location: input['media_external_location'] ?? null,
    room_sid: input['room_sid'] ?? null,
    links: normalizeLinks(input['links']),
  };
}

/** Some SDKs serialize int64 as text. Adding 0 turns -0 into 0. */
function normalizeInteger(input: unknown, text: RegExp): unknown {
  if (typeof input === 'number') return input + 0;
  return typeof input === 'string' && text.test(input) ? Number(input) + 0 : (input ?? null);
}

/** ASCII only: the upper case of some other letters is one of these letters. */
function normalizeCodec(input: unknown): unknown {
  return typeof input === 'string' && LETTERS_AND_DIGITS.test(input) ? input.toUpperCase() : input;
}

/** `links` without a media link has the same meaning as null. */
function normalizeLinks(input: unknown): unknown {
  if (!isObject(input)) return input ?? null;
  return (input['media'] ?? null) === null ? null : input;
}

/**
 * Limits the invalid members of an object to the number of issues of an error. valibot collects an issue for
 * each member, and 98,000 issues take a fifth of a second and more.
 */
function normalizeGroups(input: unknown): unknown {
  if (!isObject(input)) return input ?? null;
  const invalid: [name: string, value: unknown][] = [];
  for (const name in input) {
    const value = Object.hasOwn(input, name) ? input[name] : '';
    if (typeof value !== 'string' && invalid.push([name, value]) === MAX_ISSUES)
      return Object.fromEntries(invalid);
  }
  return input;
}

/** Checks whether a value is an object. An array is not: valibot would accept it and convert it to an object. */
export function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
