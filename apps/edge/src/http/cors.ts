import type { HeaderList, HeadersLike } from '@room-recordings/http-cache';
import { formatAllowedHeaders } from '../config/cors-schemas.ts';
import { isSubdomainOrigin, type AllowedOrigins } from '../allowed-origins.ts';

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
