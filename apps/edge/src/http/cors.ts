import type { HeaderList, HeadersLike } from '@room-recordings/http-cache';

/** What pages of other origins may do. */
export interface CorsPolicy {
  readonly allowedOrigins: AllowedOrigins;
  /** Whether pages may read with what the browser holds for this origin; the settings refuse that for everyone. */
  readonly allowCredentials: boolean;
  /** Request headers that pages may send besides the common ones, in lower case. */
  readonly allowedHeaders: readonly string[];
}

const EXPOSED =
  'ETag, Age, Date, Cache-Status, Retry-After, X-Request-Id, Link, Content-Range, Accept-Ranges, WWW-Authenticate';

/** Below Chrome's cap of two hours, in seconds. */
const PREFLIGHT_LIFETIME = '7200';

/** Origins below a listed domain whose fields are kept: whoever owns the domain can make up any number of them. */
const MOST_KEPT = 1000;

/** Gives the cross-origin fields of the answer to a request with such headers: Origin alone is read, where it matters. */
export type CorsHeaders = (headers: HeadersLike) => HeaderList;

/**
 * Makes the cross-origin fields of every answer, errors included, so that a page can read the status.
 *
 * Behind `others`, the fields that come with them. They are made once an origin, the requested headers are never
 * reflected, and `Vary` does not depend on whether there was an Origin.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function createCorsHeaders(policy: CorsPolicy, others: HeaderList = []): CorsHeaders {
  const { allowedOrigins: allowed } = policy;
  const always: HeaderList = [
    ...others,
    ['access-control-allow-methods', 'GET, HEAD'],
    ['access-control-allow-headers', formatAllowedHeaders(policy.allowedHeaders)],
    ['access-control-expose-headers', EXPOSED],
    ['cross-origin-resource-policy', allowed === '*' ? 'cross-origin' : 'same-origin'],
  ];
  if (allowed === '*') {
    const forAll = [...always, ...readableBy('*', policy)];
    return () => forAll;
  }
  const unreadable: HeaderList = [...always, ['vary', 'Origin']];
  const fieldsFor = (origin: string): HeaderList => [...unreadable, ...readableBy(origin, policy)];
  const exact = new Map([...allowed.exact].map((origin) => [origin, fieldsFor(origin)]));
  const below = new Map<string, HeaderList>();

  return (headers) => {
    const origin = headers.get('origin');
    if (typeof origin !== 'string') return unreadable;
    const known = exact.get(origin) ?? below.get(origin);
    if (known !== undefined) return known;
    if (!isSubdomainOrigin(allowed.below, origin)) return unreadable;
    const fields = fieldsFor(origin);
    if (below.size >= MOST_KEPT) below.clear();
    below.set(origin, fields);
    return fields;
  };
}

/** What lets one origin read. Browsers refuse credentials for `*`, and so nothing here ever joins the two. */
function readableBy(origin: string, { allowCredentials }: CorsPolicy): HeaderList {
  const readable: HeaderList = [
    ['access-control-allow-origin', origin],
    ['timing-allow-origin', origin],
  ];
  if (!allowCredentials || origin === '*') return readable;
  return [...readable, ['access-control-allow-credentials', 'true']];
}

/** Tells a preflight from any other OPTIONS. */
export function isPreflight(headers: HeadersLike): boolean {
  return [headers.get('origin'), headers.get('access-control-request-method')].every(
    (value) => typeof value === 'string',
  );
}

/** What the answer to a preflight has besides, where the origin may read; undefined where it may not. */
export function preflightHeaders(cors: HeaderList): HeaderList | undefined {
  const isAllowed = cors.some(([name]) => name === 'access-control-allow-origin');
  return isAllowed ? [['access-control-max-age', PREFLIGHT_LIFETIME]] : undefined;
}

/** Who may read across origins: everyone, or those that are listed. */
export type AllowedOrigins = '*' | ListedOrigins;

/** Serialised origins, and domains that every https origin below may read from. */
interface ListedOrigins {
  readonly exact: ReadonlySet<string>;
  /** What such a host ends with, the dot included: `.example.com` stands for `https://*.example.com`. */
  readonly below: readonly string[];
}

const SCHEME = 'https://';

/** Of a host, in characters, as DNS has it; what is longer is no origin of a browser. */
const LONGEST_HOST = 253;

/**
 * Labels with dots between them. A browser may also put signs into a host that no name in DNS should have, and which some
 * server in front may read as the host's end: they open nothing.
 */
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/**
 * Whether an origin is below a listed domain, by one label or more. The domain is compared as text, so that no sign in it
 * means anything but itself, and port, user and path of whatever was sent have no place in the labels.
 */
export function isSubdomainOrigin(domains: readonly string[], origin: string): boolean {
  if (!origin.startsWith(SCHEME) || origin.length > SCHEME.length + LONGEST_HOST) return false;
  return domains.some(
    (domain) => origin.endsWith(domain) && LABELS.test(origin.slice(SCHEME.length, -domain.length)),
  );
}

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
 * Formats the value of Access-Control-Allow-Headers.
 *
 * @param more names in lower case; a name that is in the list already is not repeated.
 */
export function formatAllowedHeaders(more: readonly string[]): string {
  const common = [...COMMON, ...TRACING];
  const known = new Set(common.map((name) => name.toLowerCase()));
  return [...common, ...more.filter((name) => !known.has(name))].join(', ');
}
