import type { JsonSchema } from './json-schemas.ts';

/** The name of a parameter in the components. */
export type ParameterName =
  | 'RoomSid'
  | 'RecordingSid'
  | 'Kid'
  | 'Expires'
  | 'Client'
  | 'Status'
  | 'SourceSid'
  | 'DateCreatedAfter'
  | 'DateCreatedBefore'
  | 'PageSize'
  | 'Page'
  | 'PageToken'
  | 'Format'
  | 'Range'
  | 'IfRange'
  | 'IfNoneMatch'
  | 'IfMatch';

const sid = (prefix: string) => ({ type: 'string', pattern: `^${prefix}[0-9a-fA-F]{32}$` });

/** Creates a query parameter. */
const query = (name: string, description: string, schema: JsonSchema) => ({
  name,
  in: 'query',
  description,
  schema,
});

/** Creates a header parameter. */
const requestHeader = (name: string, description: string) => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});

const text = { type: 'string' };

/** The parameters of the edge by their name in the components. */
export const PARAMETERS: Readonly<Record<ParameterName, JsonSchema>> = {
  RoomSid: {
    name: 'RoomSid',
    in: 'path',
    required: true,
    description: 'The SID of the room. The unique name of a room is not accepted.',
    schema: sid('RM'),
  },
  RecordingSid: {
    name: 'RecordingSid',
    in: 'path',
    required: true,
    description: 'The SID of the recording.',
    schema: sid('RT'),
  },
  Kid: query('kid', 'The name of the key of a signed URL.', text),
  Expires: query('expires', 'The end of a signed URL, seconds since 1970.', { type: 'integer' }),
  Client: query(
    'client',
    'The credential for which a timeline signed a URL of media. Part of such a URL only.',
    text,
  ),
  Status: query('Status', 'Only recordings with this status.', {
    enum: ['processing', 'completed', 'deleted', 'failed'],
  }),
  SourceSid: query('SourceSid', 'Only recordings of this source.', {
    type: 'string',
    pattern: '^[a-zA-Z]{2}[0-9a-fA-F]{32}$',
  }),
  DateCreatedAfter: query('DateCreatedAfter', 'Only recordings that were created at this time or later.', {
    type: 'string',
    format: 'date-time',
  }),
  DateCreatedBefore: query('DateCreatedBefore', 'Only recordings that were created before this time.', {
    type: 'string',
    format: 'date-time',
  }),
  PageSize: query('PageSize', 'The maximum number of recordings in the page.', {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 50,
  }),
  Page: query('Page', 'The number of the page, as in next_page_url. A page above 0 requires PageToken.', {
    type: 'integer',
    minimum: 0,
  }),
  PageToken: query('PageToken', 'The start of the page, as in next_page_url.', {
    type: 'string',
    maxLength: 512,
  }),
  Format: query(
    'format',
    'matroska: the Matroska file, with times that begin at 0. original: the untouched file, as an attachment. Default: the form that most browsers play.',
    { enum: ['matroska', 'original'] },
  ),
  Range: requestHeader('Range', 'One range of bytes (RFC 9110 §14). Several ranges get the whole file.'),
  IfRange: requestHeader('If-Range', 'An ETag. With another ETag the range is ignored.'),
  IfNoneMatch: requestHeader('If-None-Match', 'ETags. A match is a 304.'),
  IfMatch: requestHeader('If-Match', 'ETags. Weak ETags never match, so that JSON has only * as a match.'),
};

/** Refers to parameters by their names in the components. */
export function listParameters(names: readonly ParameterName[]): readonly JsonSchema[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}
