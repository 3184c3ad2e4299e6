import { roomRecordingSchema, timelineSchema } from '@room-recordings/core';
import * as v from 'valibot';
import { PROBLEM_TYPES } from '../../src/http/error-codes.ts';
import { isSchema, toOutputSchema, type JsonSchema } from './json-schemas.ts';

const text = v.string();
const url = v.pipe(text, v.url());

const problem = v.strictObject({
  type: v.pipe(url, v.description('The entry of the error on /errors.')),
  status: v.pipe(v.number(), v.integer(), v.description('The HTTP status.')),
  detail: v.pipe(text, v.description('What is wrong, and what to do.')),
  error: v.picklist(Object.keys(PROBLEM_TYPES)),
  code: v.optional(v.pipe(v.number(), v.integer(), v.description("Twilio's number of the error."))),
  message: v.pipe(text, v.description('The detail, for the SDKs of Twilio.')),
  more_info: v.pipe(url, v.description('The type, for the SDKs of Twilio.')),
  request_id: text,
});

const health = v.strictObject({
  status: v.picklist(['ok', 'misconfigured']),
  version: text,
  source: v.nullable(v.picklist(['archive', 'twilio'])),
});

const readiness = v.strictObject({
  status: v.picklist(['ready', 'degraded']),
  reasons: v.array(v.picklist(['credentials_refused', 'circuit_open'])),
});

const invalidItem = v.strictObject({
  sid: v.nullable(text),
  issues: v.array(v.strictObject({ path: v.array(text), message: text })),
});

const pageMeta = v.strictObject({
  page: v.pipe(v.number(), v.integer(), v.minValue(0)),
  page_size: v.pipe(v.number(), v.integer(), v.minValue(1)),
  first_page_url: url,
  previous_page_url: v.nullable(url),
  next_page_url: v.nullable(url),
  url,
  key: v.literal('recordings'),
  invalid: v.optional(v.array(invalidItem)),
});

const toRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The attributes that the edge always sets. */
const NEVER_NULL = new Set(['sid', 'room_sid', 'url', 'links']);

/** Creates the schema of a recording as the edge serves it: no further attribute, and its own SIDs and URLs. */
function createRecordingSchema(): JsonSchema {
  const { properties, ...schema } = toOutputSchema(roomRecordingSchema);
  const attributes = isSchema(properties) ? properties : {};
  const served = Object.entries(attributes).map(([name, attribute]) =>
    NEVER_NULL.has(name) && isSchema(attribute) && Array.isArray(attribute['type'])
      ? [name, { ...attribute, type: attribute['type'][0] }]
      : [name, attribute],
  );
  return { ...schema, properties: Object.fromEntries(served) };
}

/** Creates the schemas of all bodies by name. */
export function createBodySchemas(): Readonly<Record<string, JsonSchema>> {
  return {
    Recording: createRecordingSchema(),
    RecordingPage: {
      type: 'object',
      properties: { recordings: { type: 'array', items: toRef('Recording') }, meta: toRef('PageMeta') },
      required: ['recordings', 'meta'],
      additionalProperties: false,
    },
    PageMeta: toOutputSchema(pageMeta),
    Timeline: toOutputSchema(timelineSchema),
    Problem: toOutputSchema(problem),
    Health: toOutputSchema(health),
    Readiness: toOutputSchema(readiness),
  };
}
