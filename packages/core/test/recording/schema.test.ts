import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { roomRecordingSchema } from '../../src/recording/schema.ts';
import { example } from '../example.ts';

const DIGITS = '0123456789abcdefABCDEF0123456789';

/** What the schema makes of the example with this one attribute. */
function read(name: string, value: unknown): unknown {
  const result = v.safeParse(roomRecordingSchema, { ...example, [name]: value });
  return result.success ? new Map<string, unknown>(Object.entries(result.output)).get(name) : 'refused';
}

describe('each attribute', () => {
  it.each([
    ['account_sid', `AC${DIGITS}`],
    ['account_sid', null],
    ['status', 'processing'],
    ['status', 'completed'],
    ['status', 'deleted'],
    ['status', 'failed'],
    ['date_created', '2020-08-20T01:42:05.839174Z'],
    ['date_created', '2020-08-20T03:42:05+02:00'],
    ['date_created', null],
    ['sid', `RT${DIGITS}`],
    ['sid', null],
    ['source_sid', `MT${DIGITS}`],
    ['source_sid', `zz${DIGITS}`],
    ['source_sid', null],
    ['size', 0],
    ['size', Number.MAX_SAFE_INTEGER],
    ['size', null],
    ['url', 'https://video.twilio.com/v1/Recordings/RT'],
    ['url', 'HTTP://127.0.0.1:8787/v1/Recordings/RT'],
    ['url', null],
    ['type', 'audio'],
    ['type', 'video'],
    ['type', 'data'],
    ['duration', 0],
    ['duration', 3600],
    ['duration', null],
    ['container_format', 'mka'],
    ['container_format', 'mkv'],
    ['codec', 'VP8'],
    ['codec', 'H264'],
    ['codec', 'OPUS'],
    ['codec', 'PCMU'],
    ['grouping_sids', { room_sid: `RM${DIGITS}`, participant_sid: `PA${DIGITS}` }],
    ['grouping_sids', {}],
    ['grouping_sids', null],
    ['track_name', ''],
    ['track_name', null],
    ['offset', 155_137_307_765],
    ['offset', -10],
    ['offset', null],
    ['media_external_location', 'https://bucket.s3.amazonaws.com/my/path/'],
    ['media_external_location', null],
    ['room_sid', `RM${DIGITS}`],
    ['room_sid', null],
    ['links', { media: 'https://video.twilio.com/Media' }],
    ['links', null],
  ])('keeps %s: %j', (name, value) => {
    expect(read(name, value)).toEqual(value);
  });

  it.each([
    ['account_sid', `SK${DIGITS}`],
    ['account_sid', `AC${DIGITS}0`],
    ['account_sid', 5],
    ['status', 'enqueued'],
    ['status', 'Completed'],
    ['status', null],
    ['date_created', '2015-06-31T00:00:00Z'],
    ['date_created', 1_438_286_400],
    ['sid', `RM${DIGITS}`],
    ['sid', 5],
    ['source_sid', `M1${DIGITS}`],
    ['source_sid', `MT${DIGITS.slice(1)}`],
    ['size', -1],
    ['size', 1.5],
    ['size', 2 ** 53],
    ['size', Number.NaN],
    ['size', Number.POSITIVE_INFINITY],
    ['size', true],
    ['url', 5],
    ['url', ''],
    ['url', '/v1/Recordings/RT'],
    ['url', 'javascript:alert(1)'],
    ['type', 'screen'],
    ['type', null],
    ['duration', -1],
    ['duration', 0.5],
    ['container_format', 'webm'],
    ['container_format', null],
    ['codec', 'AV1'],
    ['codec', ''],
    ['codec', null],
    ['codec', 8],
    ['grouping_sids', 'RM'],
    ['grouping_sids', { room_sid: null }],
    ['grouping_sids', []],
    ['grouping_sids', [`RM${DIGITS}`]],
    ['track_name', 5],
    ['offset', 0.5],
    ['offset', -(2 ** 53)],
    ['media_external_location', {}],
    ['media_external_location', ''],
    ['media_external_location', 'not a url'],
    ['media_external_location', 's3://bucket/path'],
    ['room_sid', `RT${DIGITS}`],
    ['room_sid', 'DailyStandup'],
    ['links', { media: 5 }],
    ['links', { media: '' }],
    ['links', { media: '/Media' }],
    ['links', { media: 'javascript:alert(1)' }],
    ['links', 'https://video.twilio.com/Media'],
    ['links', []],
    ['links', ['https://video.twilio.com/Media']],
    ['links', Object.assign([], { media: 'https://video.twilio.com/Media' })],
  ])('refuses %s: %j', (name, value) => {
    expect(read(name, value)).toBe('refused');
  });
});

describe('integers as text', () => {
  it.each([
    ['size', '0', 0],
    ['size', '105956', 105_956],
    ['duration', '3', 3],
    ['offset', '155137307765', 155_137_307_765],
    ['offset', '-10', -10],
    ['offset', '-0', 0],
    ['offset', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['offset', '-9007199254740991', Number.MIN_SAFE_INTEGER],
  ])('reads %s "%s" as %d', (name, text, number) => {
    expect(read(name, text)).toBe(number);
  });

  it.each([
    ['size', '-1'],
    ['size', '-0'],
    ['duration', '-1'],
    ['duration', '-0'],
    ['offset', '-'],
    ['offset', '--1'],
    ['offset', '-01'],
    ['offset', '-00'],
    ['offset', '9007199254740992'],
    ['offset', '-9007199254740992'],
    ['offset', '12345678901234567'],
    ['size', ''],
    ['size', ' 1'],
    ['size', '1 '],
    ['size', '01'],
    ['size', '+1'],
    ['size', '1.0'],
    ['size', '1e3'],
    ['size', '0x10'],
    ['size', '1,000'],
    ['size', '١'],
    ['size', 'null'],
  ])('refuses %s "%s"', (name, text) => {
    expect(read(name, text)).toBe('refused');
  });
});

describe('the two zeros', () => {
  it.each(['size', 'duration', 'offset'])('are one in %s', (name) => {
    expect(Object.is(read(name, -0), 0)).toBe(true);
  });

  it('are one in an offset as text', () => {
    expect(Object.is(read('offset', '-0'), 0)).toBe(true);
  });
});

describe('leniency', () => {
  it.each(['opus', 'Opus', 'OPUS'])('reads the codec %s in upper case', (codec) => {
    expect(read('codec', codec)).toBe('OPUS');
  });

  it.each([
    ['a long s, whose upper case is S', 'opuſ'],
    ['a ligature', 'ﬀ'],
    ['a full-width letter', 'ｏpus'],
    ['a space', 'opus '],
    ['a line feed', 'opus\n'],
  ])('reads no codec out of %s', (_what, codec) => {
    expect(read('codec', codec)).toBe('refused');
  });

  it('shows a codec that is not ASCII as it came', () => {
    expect(v.safeParse(roomRecordingSchema, { ...example, codec: 'pcmµ' })).toMatchObject({
      issues: [{ received: '"pcmµ"' }],
    });
  });

  it.each([
    ['no media link', {}],
    ['a null media link', { media: null }],
    ['an undefined media link', { media: undefined }],
    ['other links alone', { self: 'https://video.twilio.com' }],
  ])('reads links with %s as null', (_what, links) => {
    expect(read('links', links)).toBeNull();
  });

  it('drops unknown links', () => {
    const media = 'https://video.twilio.com/Media';
    expect(read('links', { media, self: '/' })).toEqual({ media });
  });
});

describe('as a Standard Schema', () => {
  it('says which version of the standard it follows and who made it', () => {
    expect(roomRecordingSchema['~standard']).toMatchObject({ version: 1, vendor: 'valibot' });
  });

  it('gives the value for a recording', () => {
    expect(roomRecordingSchema['~standard'].validate(example)).toMatchObject({ value: { codec: 'OPUS' } });
  });

  it('gives issues for anything else', () => {
    expect(roomRecordingSchema['~standard'].validate({ ...example, type: 'screen' })).toMatchObject({
      issues: [{ path: [{ key: 'type' }] }],
    });
  });
});
