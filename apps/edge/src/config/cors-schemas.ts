import * as v from 'valibot';
import { headerName, splitList, anyText, type EnvSchema } from './schemas.ts';

/** Request headers of `fetch` calls, conditional requests and players. `*` would not cover Authorization (Fetch standard). */
const COMMON = [
  'Authorization',
  'Cache-Control',
  'Content-Type',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'Pragma',
  'Range',
  'X-Requested-With',
];

/**
 * The headers that tracing SDKs for browsers add to a page's requests by default: W3C Trace Context and Baggage (OpenTelemetry,
 * Elastic), Sentry, Datadog RUM, New Relic and Application Insights. The formats that an SDK sends only if it is configured so, such as
 * B3, are left to `ALLOWED_HEADERS`.
 */
const TRACING = [
  'traceparent',
  'tracestate',
  'baggage',
  'sentry-trace',
  'x-datadog-origin',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-trace-id',
  'newrelic',
  'Request-Id',
  'Request-Context',
];

/**
 * Headers that no script may set, so that a list with them is a misunderstanding.
 *
 * @see https://fetch.spec.whatwg.org/#forbidden-request-header
 */
const FORBIDDEN = new Set([
  'accept-charset',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'access-control-request-private-network',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'date',
  'dnt',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

/** Names of headers that pages may send besides the common ones, with commas between the names; each in lower case and once. */
export const headerNameList: EnvSchema<readonly string[]> = v.pipe(
  anyText,
  v.transform(splitList),
  v.check(
    (names) => names.every((name) => v.is(headerName, name) && !name.includes('*')),
    'must be names of headers such as X-App-Version with commas between them, without *',
  ),
  v.check(
    (names) => !names.some((name) => isForbidden(name.toLowerCase())),
    'must not name a header that browsers let no page set, such as Cookie, Origin or Sec-Fetch-Mode',
  ),
  v.transform((names) => [...new Set(names.map((name) => name.toLowerCase()))]),
);

function isForbidden(name: string): boolean {
  return FORBIDDEN.has(name) || name.startsWith('proxy-') || name.startsWith('sec-');
}

/**
 * Formats the value of Access-Control-Allow-Headers.
 *
 * @param more names in lower case; a name that is in the list already is not repeated.
 */
export function formatAllowedHeaders(more: readonly string[]): string {
  const common = [...COMMON, ...TRACING];
  const known = new Set(common.map((name) => name.toLowerCase()));
  return [...common, ...more.filter((name) => !known.has(name))].join(', ');
}
