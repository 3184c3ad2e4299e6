import type { HeaderList, HeadersLike } from '@room-recordings/http-cache';

/** The permissions of pages of other origins. */
export interface CorsPolicy {
  readonly allowedOrigins: AllowedOrigins;
  /** Whether pages may send the credentials that the browser stores for this origin. The config rejects it for `*`. */
  readonly allowCredentials: boolean;
  /** Request headers that pages may send beside the default ones, in lower case. */
  readonly allowedHeaders: readonly string[];
}

/** Access-Control-Expose-Headers. */
const EXPOSED_HEADERS =
  'ETag, Age, Date, Cache-Status, Retry-After, X-Request-Id, Link, Content-Range, Accept-Ranges, WWW-Authenticate';

/** Access-Control-Max-Age, seconds: the maximum of Chrome. */
const PREFLIGHT_MAX_AGE = '7200';

/** Maximum number of cached subdomain origins: the owner of a domain can create any number of them. */
const MAX_CACHED_ORIGINS = 1000;

/** Returns the CORS headers of the response to a request. Only its Origin header is read, and only if origins are listed. */
export type CorsHeaders = (headers: HeadersLike) => HeaderList;

/**
 * Creates the CORS headers of every response, errors included, so that a page can read the status.
 *
 * The list of an origin is created once. Requested headers are never reflected, and Vary does not depend on the presence of Origin.
 *
 * @param others headers that every list begins with.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function createCorsHeaders(policy: CorsPolicy, others: HeaderList = []): CorsHeaders {
  const { allowedOrigins: allowed } = policy;
  const always: HeaderList = [
    ...others,
    ['access-control-allow-methods', 'GET, HEAD'],
    ['access-control-allow-headers', formatAllowedHeaders(policy.allowedHeaders)],
    ['access-control-expose-headers', EXPOSED_HEADERS],
    ['cross-origin-resource-policy', allowed === '*' ? 'cross-origin' : 'same-origin'],
  ];
  if (allowed === '*') {
    const forAnyOrigin = [...always, ...originHeaders('*', policy)];
    return () => forAnyOrigin;
  }
  const forOtherOrigins: HeaderList = [...always, ['vary', 'Origin']];
  const headersFor = (origin: string): HeaderList => [...forOtherOrigins, ...originHeaders(origin, policy)];
  const exact = new Map([...allowed.exact].map((origin) => [origin, headersFor(origin)]));
  const subdomains = new Map<string, HeaderList>();

  return (headers) => {
    const origin = headers.get('origin');
    if (typeof origin !== 'string') return forOtherOrigins;
    const known = exact.get(origin) ?? subdomains.get(origin);
    if (known !== undefined) return known;
    if (!isSubdomainOrigin(allowed.subdomainSuffixes, origin)) return forOtherOrigins;
    const created = headersFor(origin);
    if (subdomains.size >= MAX_CACHED_ORIGINS) subdomains.clear();
    subdomains.set(origin, created);
    return created;
  };
}

/** Returns the headers that allow one origin. Browsers reject credentials with `*`, so the two are never combined. */
function originHeaders(origin: string, { allowCredentials }: CorsPolicy): HeaderList {
  const headers: HeaderList = [
    ['access-control-allow-origin', origin],
    ['timing-allow-origin', origin],
  ];
  if (!allowCredentials || origin === '*') return headers;
  return [...headers, ['access-control-allow-credentials', 'true']];
}

/** Returns whether an OPTIONS request is a preflight. */
export function isPreflight(headers: HeadersLike): boolean {
  return [headers.get('origin'), headers.get('access-control-request-method')].every(
    (value) => typeof value === 'string',
  );
}

/** Returns the further headers of the response to a preflight, or undefined if the origin is not allowed. */
export function preflightHeaders(cors: HeaderList): HeaderList | undefined {
  const isAllowed = cors.some(([name]) => name === 'access-control-allow-origin');
  return isAllowed ? [['access-control-max-age', PREFLIGHT_MAX_AGE]] : undefined;
}

/** The origins that may read: all, or the listed ones. */
export type AllowedOrigins = '*' | ListedOrigins;

/** Serialized origins, and domains whose https subdomains are allowed. */
interface ListedOrigins {
  readonly exact: ReadonlySet<string>;
  /** Suffixes of hosts, with the dot: `.example.com` for `https://*.example.com`. */
  readonly subdomainSuffixes: readonly string[];
}

const SCHEME = 'https://';

/** Maximum length of a host name in DNS, characters. */
const MAX_HOST_LENGTH = 253;

/**
 * Labels with dots between them. A browser accepts further characters in a host, which another server may read as the end of the host.
 * They are not allowed here.
 */
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/**
 * Returns whether an origin is a subdomain of a listed domain, at any depth. The domain is compared as text and not as an expression.
 * The labels exclude ports, user information and paths.
 */
export function isSubdomainOrigin(domains: readonly string[], origin: string): boolean {
  if (!origin.startsWith(SCHEME) || origin.length > SCHEME.length + MAX_HOST_LENGTH) return false;
  return domains.some(
    (domain) => origin.endsWith(domain) && LABELS.test(origin.slice(SCHEME.length, -domain.length)),
  );
}

/** Request headers of `fetch` calls, conditional requests and players. `*` would not cover Authorization (Fetch standard). */
const DEFAULT_HEADERS = [
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
 * Elastic), Sentry, Datadog RUM, New Relic and Application Insights. Formats that an SDK sends on
 * request only, such as B3, belong into `ALLOWED_HEADERS`.
 */
const TRACING_HEADERS = [
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
 * Formats the value of Access-Control-Allow-Headers.
 *
 * @param more names in lower case; a name that the list already has is not repeated.
 */
export function formatAllowedHeaders(more: readonly string[]): string {
  const defaults = [...DEFAULT_HEADERS, ...TRACING_HEADERS];
  const known = new Set(defaults.map((name) => name.toLowerCase()));
  return [...defaults, ...more.filter((name) => !known.has(name))].join(', ');
}
