import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { roomRecordingSchema } from '../../src/recording/schema.ts';
import { example } from '../example.ts';

const DIGITS = '0123456789abcdefABCDEF0123456789';

/** Parses the example with this value of one attribute. */
function read(name: string, value: unknown): unknown {
  const result = v.safeParse(roomRecordingSchema, { ...example, [name]: value });
  return result.success ? new Map<string, unknown>(Object.entries(result.output)).get(name) : 'rejected';
}

describe('`roomRecordingSchema`', () => {
  it.each([
    { name: 'account_sid', value: `AC${DIGITS}` },
    { name: 'account_sid', value: null },
    { name: 'status', value: 'processing' },
    { name: 'status', value: 'completed' },
    { name: 'status', value: 'deleted' },
    { name: 'status', value: 'failed' },
    { name: 'date_created', value: '2020-08-20T01:42:05.839174Z' },
    { name: 'date_created', value: '2020-08-20T03:42:05+02:00' },
    { name: 'date_created', value: null },
    { name: 'sid', value: `RT${DIGITS}` },
    { name: 'sid', value: null },
    { name: 'source_sid', value: `MT${DIGITS}` },
    { name: 'source_sid', value: `zz${DIGITS}` },
    { name: 'source_sid', value: null },
    { name: 'size', value: 0 },
    { name: 'size', value: Number.MAX_SAFE_INTEGER },
    { name: 'size', value: null },
    { name: 'url', value: 'https://video.twilio.com/v1/Recordings/RT' },
    { name: 'url', value: 'HTTP://127.0.0.1:8787/v1/Recordings/RT' },
    { name: 'url', value: null },
    { name: 'type', value: 'audio' },
    { name: 'type', value: 'video' },
    { name: 'type', value: 'data' },
    { name: 'duration', value: 0 },
    { name: 'duration', value: 3600 },
    { name: 'duration', value: null },
    { name: 'container_format', value: 'mka' },
    { name: 'container_format', value: 'mkv' },
    { name: 'codec', value: 'VP8' },
    { name: 'codec', value: 'H264' },
    { name: 'codec', value: 'OPUS' },
    { name: 'codec', value: 'PCMU' },
    { name: 'grouping_sids', value: { room_sid: `RM${DIGITS}`, participant_sid: `PA${DIGITS}` } },
    { name: 'grouping_sids', value: {} },
    { name: 'grouping_sids', value: null },
    { name: 'track_name', value: '' },
    { name: 'track_name', value: null },
    { name: 'offset', value: 155_137_307_765 },
    { name: 'offset', value: -10 },
    { name: 'offset', value: null },
    { name: 'media_external_location', value: 'https://bucket.s3.amazonaws.com/my/path/' },
    { name: 'media_external_location', value: null },
    { name: 'room_sid', value: `RM${DIGITS}` },
    { name: 'room_sid', value: null },
    { name: 'links', value: { media: 'https://video.twilio.com/Media' } },
    { name: 'links', value: null },
  ])('accepts the $name $value', ({ name, value }) => {
    expect(read(name, value)).toEqual(value);
  });

  it.each([
    { name: 'account_sid', value: `SK${DIGITS}` },
    { name: 'account_sid', value: `AC${DIGITS}0` },
    { name: 'account_sid', value: 5 },
    { name: 'status', value: 'enqueued' },
    { name: 'status', value: 'Completed' },
    { name: 'status', value: null },
    { name: 'date_created', value: '2015-06-31T00:00:00Z' },
    { name: 'date_created', value: 1_438_286_400 },
    { name: 'sid', value: `RM${DIGITS}` },
    { name: 'sid', value: 5 },
    { name: 'source_sid', value: `M1${DIGITS}` },
    { name: 'source_sid', value: `MT${DIGITS.slice(1)}` },
    { name: 'size', value: -1 },
    { name: 'size', value: 1.5 },
    { name: 'size', value: 2 ** 53 },
    { name: 'size', value: Number.NaN },
    { name: 'size', value: Number.POSITIVE_INFINITY },
    { name: 'size', value: true },
    { name: 'url', value: 5 },
    { name: 'url', value: '' },
    { name: 'url', value: '/v1/Recordings/RT' },
    { name: 'url', value: 'javascript:alert(1)' },
    { name: 'type', value: 'screen' },
    { name: 'type', value: null },
    { name: 'duration', value: -1 },
    { name: 'duration', value: 0.5 },
    { name: 'container_format', value: 'webm' },
    { name: 'container_format', value: null },
    { name: 'codec', value: 'AV1' },
    { name: 'codec', value: '' },
    { name: 'codec', value: null },
    { name: 'codec', value: 8 },
    { name: 'grouping_sids', value: 'RM' },
    { name: 'grouping_sids', value: { room_sid: null } },
    { name: 'grouping_sids', value: [] },
    { name: 'grouping_sids', value: [`RM${DIGITS}`] },
    { name: 'track_name', value: 5 },
    { name: 'offset', value: 0.5 },
    { name: 'offset', value: -(2 ** 53) },
    { name: 'media_external_location', value: {} },
    { name: 'media_external_location', value: '' },
    { name: 'media_external_location', value: 'not a url' },
    { name: 'media_external_location', value: 's3://bucket/path' },
    { name: 'room_sid', value: `RT${DIGITS}` },
    { name: 'room_sid', value: 'DailyStandup' },
    { name: 'links', value: { media: 5 } },
    { name: 'links', value: { media: '' } },
    { name: 'links', value: { media: '/Media' } },
    { name: 'links', value: { media: 'javascript:alert(1)' } },
    { name: 'links', value: 'https://video.twilio.com/Media' },
    { name: 'links', value: [] },
    { name: 'links', value: ['https://video.twilio.com/Media'] },
    { name: 'links', value: Object.assign([], { media: 'https://video.twilio.com/Media' }) },
  ])('rejects the $name $value', ({ name, value }) => {
    expect(read(name, value)).toBe('rejected');
  });
});

describe('`roomRecordingSchema` with integers as text', () => {
  it.each([
    { name: 'size', text: '0', number: 0 },
    { name: 'size', text: '105956', number: 105_956 },
    { name: 'duration', text: '3', number: 3 },
    { name: 'offset', text: '155137307765', number: 155_137_307_765 },
    { name: 'offset', text: '-10', number: -10 },
    { name: 'offset', text: '-0', number: 0 },
    { name: 'offset', text: '9007199254740991', number: Number.MAX_SAFE_INTEGER },
    { name: 'offset', text: '-9007199254740991', number: Number.MIN_SAFE_INTEGER },
  ])('converts the $name "$text" to $number', ({ name, text, number }) => {
    expect(read(name, text)).toBe(number);
  });

  it.each([
    { name: 'size', text: '-1' },
    { name: 'size', text: '-0' },
    { name: 'duration', text: '-1' },
    { name: 'duration', text: '-0' },
    { name: 'offset', text: '-' },
    { name: 'offset', text: '--1' },
    { name: 'offset', text: '-01' },
    { name: 'offset', text: '-00' },
    { name: 'offset', text: '9007199254740992' },
    { name: 'offset', text: '-9007199254740992' },
    { name: 'offset', text: '12345678901234567' },
    { name: 'size', text: '' },
    { name: 'size', text: ' 1' },
    { name: 'size', text: '1 ' },
    { name: 'size', text: '01' },
    { name: 'size', text: '+1' },
    { name: 'size', text: '1.0' },
    { name: 'size', text: '1e3' },
    { name: 'size', text: '0x10' },
    { name: 'size', text: '1,000' },
    { name: 'size', text: '١' },
    { name: 'size', text: 'null' },
  ])('rejects the $name "$text"', ({ name, text }) => {
    expect(read(name, text)).toBe('rejected');
  });
});

describe('`roomRecordingSchema` with -0', () => {
  it.each(['size', 'duration', 'offset'])('converts -0 to 0 in %s', (name) => {
    expect(Object.is(read(name, -0), 0)).toBe(true);
  });

  it('converts "-0" to 0 in offset', () => {
    expect(Object.is(read('offset', '-0'), 0)).toBe(true);
  });
});

describe('`roomRecordingSchema` with lenient input', () => {
  it.each(['opus', 'Opus', 'OPUS'])('converts the codec %s to upper case', (codec) => {
    expect(read('codec', codec)).toBe('OPUS');
  });

  it.each([
    { name: 'a long s, whose upper case is S', codec: 'opuſ' },
    { name: 'a ligature', codec: 'ﬀ' },
    { name: 'a full-width letter', codec: 'ｏpus' },
    { name: 'a space', codec: 'opus ' },
    { name: 'a line feed', codec: 'opus\n' },
  ])('rejects a codec with $name', ({ codec }) => {
    expect(read('codec', codec)).toBe('rejected');
  });

  it('reports a codec that is not ASCII unchanged', () => {
    expect(v.safeParse(roomRecordingSchema, { ...example, codec: 'pcmµ' })).toMatchObject({
      issues: [{ received: '"pcmµ"' }],
    });
  });

  it.each([
    { name: 'no media link', links: {} },
    { name: 'a null media link', links: { media: null } },
    { name: 'an undefined media link', links: { media: undefined } },
    { name: 'other links only', links: { self: 'https://video.twilio.com' } },
  ])('converts links with $name to null', ({ links }) => {
    expect(read('links', links)).toBeNull();
  });

  it('drops unknown links', () => {
    const media = 'https://video.twilio.com/Media';
    expect(read('links', { media, self: '/' })).toEqual({ media });
  });
});

describe('`roomRecordingSchema` as a Standard Schema', () => {
  it('has the version and the vendor', () => {
    expect(roomRecordingSchema['~standard']).toMatchObject({ version: 1, vendor: 'valibot' });
  });

  it('returns the value of a recording', () => {
    expect(roomRecordingSchema['~standard'].validate(example)).toMatchObject({ value: { codec: 'OPUS' } });
  });

  it('returns issues with a message and a path for any other value', () => {
    expect(roomRecordingSchema['~standard'].validate({ ...example, type: 'screen' })).toMatchObject({
      issues: [{ path: [{ key: 'type' }] }],
    });
  });
});
