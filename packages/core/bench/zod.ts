import * as z from 'zod';
import { isHttpUrl } from '../src/http/url.ts';
import { isDateTime } from '../src/recording/date-time.ts';

const INTEGER_TEXT = /^-?(?:0|[1-9]\d{0,15})$/;
const COUNT_TEXT = /^(?:0|[1-9]\d{0,15})$/;

const text = z.string().nullable().default(null);
const url = z.string().refine(isHttpUrl);
const sid = (pattern: RegExp) => z.string().regex(pattern).nullable().default(null);
const integer = (given: z.ZodInt, pattern: RegExp) =>
  z.preprocess(
    (input) => (typeof input === 'string' && pattern.test(input) ? Number(input) : (input ?? null)),
    given.nullable(),
  );
const count = integer(z.int().min(0), COUNT_TEXT);

const schema = z.object({
  account_sid: sid(/^AC[0-9a-fA-F]{32}$/),
  status: z.enum(['processing', 'completed', 'deleted', 'failed']),
  date_created: z.string().refine(isDateTime).nullable().default(null),
  sid: sid(/^RT[0-9a-fA-F]{32}$/),
  source_sid: sid(/^[a-zA-Z]{2}[0-9a-fA-F]{32}$/),
  size: count,
  url: url.nullable().default(null),
  type: z.enum(['audio', 'video', 'data']),
  duration: count,
  container_format: z.enum(['mka', 'mkv']),
  codec: z.preprocess(
    (input) => (typeof input === 'string' ? input.toUpperCase() : input),
    z.enum(['VP8', 'H264', 'OPUS', 'PCMU']),
  ),
  grouping_sids: z.record(z.string(), z.string()).nullable().default(null),
  track_name: text,
  offset: integer(z.int(), INTEGER_TEXT),
  media_external_location: url.nullable().default(null),
  room_sid: sid(/^RM[0-9a-fA-F]{32}$/),
  links: z.object({ media: url }).nullable().default(null),
});

/** Parses a recording with zod, as strictly as core. Throws for any other value. */
export function parseWithZod(value: unknown): unknown {
  return schema.parse(value);
}
