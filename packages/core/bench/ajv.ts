import { Ajv } from 'ajv';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import { isHttpUrl } from '../src/http/url.ts';
import { isDateTime } from '../src/recording/date-time.ts';

const INTEGER_TEXT = /^-?(?:0|[1-9]\d{0,15})$/;
const COUNT_TEXT = /^(?:0|[1-9]\d{0,15})$/;

const READINGS: Readonly<Record<string, (input: string) => unknown>> = {
  count: (input) => (COUNT_TEXT.test(input) ? Number(input) : input),
  integer: (input) => (INTEGER_TEXT.test(input) ? Number(input) : input),
  codec: (input) => input.toUpperCase(),
};

// The closest equivalent: the other parsers create a new object, and ajv changes its argument.
const ajv = new Ajv({ removeAdditional: true, useDefaults: true, allowUnionTypes: true });
ajv.addFormat('instant', isDateTime);
ajv.addFormat('http-url', isHttpUrl);
ajv.addFormat('safe', { type: 'number', validate: Number.isSafeInteger });
ajv.addKeyword({
  keyword: 'reading',
  modifying: true,
  errors: false,
  schema: true,
  validate: (reading: string, input: unknown, _schema?: object, place?: DataValidationCxt): boolean => {
    if (place !== undefined && typeof input === 'string') {
      const parent: Record<string, unknown> = place.parentData;
      parent[place.parentDataProperty] = READINGS[reading]?.(input) ?? input;
    }
    return true;
  },
});

const text = { type: ['string', 'null'], default: null };
const sid = (pattern: string) => ({ ...text, pattern });
const read = (reading: string, type: object) => ({ allOf: [{ reading }, type] });
const count = { ...read('count', { type: ['integer', 'null'], format: 'safe', minimum: 0 }), default: null };

const properties = {
  account_sid: sid('^AC[0-9a-fA-F]{32}$'),
  status: { enum: ['processing', 'completed', 'deleted', 'failed'] },
  date_created: { ...text, format: 'instant' },
  sid: sid('^RT[0-9a-fA-F]{32}$'),
  source_sid: sid('^[a-zA-Z]{2}[0-9a-fA-F]{32}$'),
  size: count,
  url: { ...text, format: 'http-url' },
  type: { enum: ['audio', 'video', 'data'] },
  duration: count,
  container_format: { enum: ['mka', 'mkv'] },
  codec: read('codec', { enum: ['VP8', 'H264', 'OPUS', 'PCMU'] }),
  grouping_sids: { type: ['object', 'null'], default: null, additionalProperties: { type: 'string' } },
  track_name: text,
  offset: { ...read('integer', { type: ['integer', 'null'], format: 'safe' }), default: null },
  media_external_location: { ...text, format: 'http-url' },
  room_sid: sid('^RM[0-9a-fA-F]{32}$'),
  links: {
    type: ['object', 'null'],
    default: null,
    required: ['media'],
    properties: { media: { type: 'string', format: 'http-url' } },
    additionalProperties: false,
  },
};

const validate = ajv.compile({
  type: 'object',
  required: ['status', 'type', 'container_format', 'codec'],
  properties,
  additionalProperties: false,
});

/** Parses a recording with ajv and changes the value itself. Throws for any other value. */
export function parseWithAjv(value: unknown): unknown {
  if (validate(value)) return value;
  throw new Error(ajv.errorsText(validate.errors));
}
