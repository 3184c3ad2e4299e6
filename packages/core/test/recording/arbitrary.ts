import * as fc from 'fast-check';
import type { RoomRecording } from '../../src/recording/types.ts';

/** Member names that access a prototype. */
export const DANGEROUS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** A recording before validation. */
export type JsonRecording = Record<string, unknown>;

const text = fc.string({ unit: 'binary' });
const name = text.filter((key) => !DANGEROUS.includes(key));

/** Returns a name as an issue's path has it: in one line. */
const shown = (key: string) => key.replaceAll(/\p{Cc}/gu, ' ');

const sid = (prefix: string) => fc.stringMatching(/^[0-9a-fA-F]{32}$/).map((digits) => prefix + digits);

const instant = fc
  .tuple(
    fc.date({
      min: new Date('0000-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    }),
    fc.stringMatching(/^(?:\.\d{1,30})?$/),
    fc.stringMatching(/^(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/),
  )
  .map(([date, fraction, zone]) => date.toISOString().slice(0, 19) + fraction + zone);

const httpUrl = fc.webUrl({ withQueryParameters: true, withFragments: true });

const ENUMS = {
  status: fc.constantFrom('processing', 'completed', 'deleted', 'failed'),
  type: fc.constantFrom('audio', 'video', 'data'),
  container_format: fc.constantFrom('mka', 'mkv'),
  codec: fc.constantFrom('VP8', 'H264', 'OPUS', 'PCMU'),
};

const NULLABLE = {
  account_sid: sid('AC'),
  date_created: instant,
  sid: sid('RT'),
  source_sid: fc.stringMatching(/^[a-zA-Z]{2}[0-9a-fA-F]{32}$/),
  size: fc.maxSafeNat(),
  url: httpUrl,
  duration: fc.maxSafeNat(),
  grouping_sids: fc.dictionary(name, text, { noNullPrototype: true }),
  track_name: text,
  offset: fc.maxSafeInteger(),
  media_external_location: httpUrl,
  room_sid: sid('RM'),
  links: fc.record({ media: httpUrl }, { noNullPrototype: true }),
};

export const enumNames: readonly string[] = Object.keys(ENUMS);
export const nullableNames: readonly string[] = Object.keys(NULLABLE);
export const allNames: readonly string[] = [...enumNames, ...nullableNames].toSorted();

/** Valid recordings without null. */
export const recordingWithoutNull: fc.Arbitrary<JsonRecording> = fc.record(
  { ...ENUMS, ...NULLABLE },
  { noNullPrototype: true },
);

/** Valid recordings with null for some attributes that may be null. */
export const validRecording: fc.Arbitrary<JsonRecording> = fc
  .tuple(recordingWithoutNull, fc.subarray([...nullableNames]))
  .map(([input, nulled]) => ({ ...input, ...Object.fromEntries(nulled.map((key) => [key, null])) }));

const notText = fc.oneof(fc.integer(), fc.boolean(), fc.constant([]), fc.constant({}), fc.constant(['a']));
const notObject = fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text));
const notNumber = fc.oneof(
  fc.boolean(),
  fc.constantFrom(
    '',
    ' 1',
    '1.0',
    '1e3',
    '0x10',
    '+1',
    '01',
    '-',
    '9007199254740993',
    'many',
    '12345678901234567',
  ),
  fc.constant([]),
  fc.constant({}),
);
const notSid = (prefix: string) =>
  fc.oneof(
    notText,
    sid('ZZ'),
    sid(prefix.toLowerCase()),
    sid(prefix).map((valid) => valid.slice(1)),
    sid(prefix).map((valid) => valid.slice(0, -1)),
    sid(prefix).map((valid) => `${valid}0`),
    sid(prefix).map((valid) => `${valid}\n`),
    sid(prefix).map((valid) => `${valid.slice(0, -1)}g`),
  );
const notInteger = fc.oneof(
  notNumber,
  fc.double({ noInteger: true }),
  fc.double({ min: 2 ** 53 }),
  fc.double({ max: -(2 ** 53) }),
);
const notCount = fc.oneof(notInteger, fc.integer({ max: -1 }), fc.constantFrom('-1', '-0'));
const notInstant = fc.oneof(
  notText,
  instant.map((valid) => valid.slice(0, 10)),
  instant.map((valid) => valid.replace('T', ' ')),
  ...[
    [5, '13'],
    [5, '02-30'],
    [8, '00'],
    [11, '24'],
    [14, '60'],
    [17, '60'],
  ].map(([start, digits]) => instant.map((valid) => overwrite(valid, Number(start), String(digits)))),
);
const notHttpUrl = fc.oneof(
  notText,
  text.filter((other) => !/^https?:/i.test(other)),
  httpUrl.map((valid) => valid.replace(/^https?/, 'javascript')),
  httpUrl.map((valid) => valid.replace(/^https?:/, '')),
  httpUrl.map((valid) => valid.replace('//', '')),
  httpUrl.map((valid) => ` ${valid}`),
  httpUrl.map((valid) => `${valid}\n`),
  httpUrl.map((valid) => valid.replace('//', '//user:password@')),
  fc
    .tuple(httpUrl, fc.constantFrom('%', '%zz', '#a#', '[', ']', '\u200B', '\u202E', '\uD800'))
    .map(([valid, end]) => valid + end),
);
const notOneOf = (...values: readonly string[]) =>
  fc.oneof(
    notText,
    fc.constantFrom(null, undefined, '', ...values.map((value) => `${value} `)),
    text.filter((other) => !values.includes(other.toUpperCase()) && !values.includes(other)),
  );

/** Invalid values of each attribute, with the path of the expected issue. */
export const INVALID_VALUES: Readonly<
  Record<keyof RoomRecording, fc.Arbitrary<readonly [path: string, value: unknown]>>
> = {
  account_sid: at('account_sid', notSid('AC')),
  status: at('status', notOneOf('processing', 'completed', 'deleted', 'failed')),
  date_created: at('date_created', notInstant),
  sid: at('sid', notSid('RT')),
  source_sid: at('source_sid', fc.oneof(notText, sid('M'), sid('M1'), sid('MTT'), sid('MT-'))),
  size: at('size', notCount),
  url: at('url', notHttpUrl),
  type: at('type', notOneOf('audio', 'video', 'data')),
  duration: at('duration', notCount),
  container_format: at('container_format', notOneOf('mka', 'mkv')),
  codec: at('codec', notOneOf('VP8', 'H264', 'OPUS', 'PCMU')),
  grouping_sids: fc.oneof(
    at('grouping_sids', notObject),
    fc
      .tuple(name, fc.oneof(notText, fc.constant(null)))
      .map(([key, value]) => [`grouping_sids.${shown(key)}`, { [key]: value }] as const),
  ),
  track_name: at('track_name', notText),
  offset: at('offset', notInteger),
  media_external_location: at('media_external_location', notHttpUrl),
  room_sid: at('room_sid', notSid('RM')),
  links: fc.oneof(
    at('links', notObject),
    notHttpUrl.map((media) => ['links.media', { media }] as const),
  ),
};

function at(path: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<readonly [string, unknown]> {
  return values.map((value) => [path, value] as const);
}

function overwrite(valid: string, start: number, digits: string): string {
  return valid.slice(0, start) + digits + valid.slice(start + digits.length);
}
