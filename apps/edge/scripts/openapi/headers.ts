import type { JsonSchema } from './json-schemas.ts';

/** The name of a response header. */
export type HeaderName =
  | 'Cache-Control'
  | 'Date'
  | 'X-Request-Id'
  | 'X-Content-Type-Options'
  | 'Content-Length'
  | 'ETag'
  | 'Age'
  | 'Cache-Status'
  | 'Retry-After'
  | 'WWW-Authenticate'
  | 'Allow'
  | 'Vary'
  | 'CDN-Cache-Control'
  | 'Referrer-Policy'
  | 'Server-Timing'
  | 'Accept-Ranges'
  | 'Content-Range'
  | 'Content-Disposition'
  | 'Content-Security-Policy'
  | 'Location'
  | 'Access-Control-Allow-Origin'
  | 'Access-Control-Allow-Methods'
  | 'Access-Control-Allow-Headers'
  | 'Access-Control-Expose-Headers'
  | 'Access-Control-Allow-Credentials'
  | 'Access-Control-Max-Age'
  | 'Cross-Origin-Resource-Policy'
  | 'Timing-Allow-Origin';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };

/** Creates a header of the components. */
const header = (description: string, schema: JsonSchema = text): JsonSchema => ({ description, schema });

/** The response headers of the edge, by name. Headers of connections are not listed. */
export const HEADERS: Readonly<Record<HeaderName, JsonSchema>> = {
  'Cache-Control': header('The lifetime of the response. Never absent.'),
  Date: header('The time at which the response was made.'),
  'X-Request-Id': header('The id of the request, which is also in the log and in error documents.'),
  'X-Content-Type-Options': header('Always nosniff.', { const: 'nosniff' }),
  'Content-Length': header('The bytes of the body; those of GET for HEAD.', count),
  ETag: header('The validator of the body: weak for JSON, strong for media.', {
    type: 'string',
    pattern: '^(W/)?"[^"]*"$',
  }),
  Age: header('Seconds since the response was made, if it came from the cache.', count),
  'Cache-Status': header('The use of the cache (RFC 9211), unless CACHE_STATUS=false.'),
  'Retry-After': header('Seconds until a retry may succeed.', { type: 'integer', minimum: 1 }),
  'WWW-Authenticate': header('The challenge of a 401.'),
  Allow: header('The methods of every route.', { const: 'GET, HEAD, OPTIONS' }),
  Vary: header('Origin with a list of allowed origins; the header of the token unless ACCESS=public.'),
  'CDN-Cache-Control': header('no-store unless ACCESS=public.'),
  'Referrer-Policy': header('no-referrer unless ACCESS=public, because a signed URL is a credential.'),
  'Server-Timing': header('The milliseconds that the edge took, with SERVER_TIMING=true.'),
  'Accept-Ranges': header('bytes: media can be read in ranges.', { const: 'bytes' }),
  'Content-Range': header('The bytes of a 206 and the length of the media; only the length for a 416.', {
    type: 'string',
    pattern: '^bytes (\\d+-\\d+|\\*)/\\d+$',
  }),
  'Content-Disposition': header('attachment with a file name, for format=original.'),
  'Content-Security-Policy': header('A sandbox without scripts, because media is not a page.'),
  Location: header(
    "The URL of the media at Twilio's storage, with MEDIA=redirect. It is secret and expires.",
  ),
  'Access-Control-Allow-Origin': header("* or the request's origin, if ALLOWED_ORIGINS allows it."),
  'Access-Control-Allow-Methods': header('GET, HEAD.'),
  'Access-Control-Allow-Headers': header('The request headers that a page may send.'),
  'Access-Control-Expose-Headers': header('The response headers that a page may read.'),
  'Access-Control-Allow-Credentials': header('true for listed origins, with ALLOW_CREDENTIALS=true.', {
    const: 'true',
  }),
  'Access-Control-Max-Age': header(
    'Seconds for which a browser may keep the response to a preflight.',
    count,
  ),
  'Cross-Origin-Resource-Policy': header('cross-origin with ALLOWED_ORIGINS=*, else same-origin.', {
    enum: ['cross-origin', 'same-origin'],
  }),
  'Timing-Allow-Origin': header('As Access-Control-Allow-Origin, with ACCESS=public only.'),
};

/** The headers that every response may have. */
export const COMMON_HEADERS: readonly HeaderName[] = [
  'Cache-Control',
  'Date',
  'X-Request-Id',
  'X-Content-Type-Options',
  'Content-Length',
  'Vary',
  'CDN-Cache-Control',
  'Referrer-Policy',
  'Server-Timing',
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Headers',
  'Access-Control-Expose-Headers',
  'Access-Control-Allow-Credentials',
  'Cross-Origin-Resource-Policy',
  'Timing-Allow-Origin',
];

/** The headers of a response that passed through the cache. */
export const CACHE_HEADERS: readonly HeaderName[] = ['Age', 'Cache-Status'];

/** Lists headers by reference, each once. */
export function listHeaders(names: readonly HeaderName[]): JsonSchema {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
