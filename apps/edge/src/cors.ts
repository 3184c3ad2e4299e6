import type { Fields, HeaderReader } from '@room-recordings/http-cache';

/** Who may read across origins: everyone, or exactly these serialised origins. */
export type AllowedOrigins = '*' | ReadonlySet<string>;

const EXPOSED =
  'ETag, Age, Date, Cache-Status, Retry-After, X-Request-Id, Link, Content-Range, Accept-Ranges';
const REQUESTABLE = 'Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, Range';

/** Below Chrome's cap of two hours, in seconds. */
const PREFLIGHT_LIFETIME = '7200';

/** Gives the cross-origin fields for the value of an Origin header. */
export type CorsFields = (origin: string | null | undefined) => Fields;

/**
 * Makes the cross-origin fields of every answer, errors included, so that a page can read the status.
 *
 * Behind `others`, the fields that come with them. They are made once an origin, the requested headers are never reflected, and `Vary` does not depend on whether there
 * was an Origin.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function corsFields(allowed: AllowedOrigins, others: Fields = []): CorsFields {
  const always: Fields = [
    ...others,
    ['access-control-allow-methods', 'GET, HEAD'],
    ['access-control-allow-headers', REQUESTABLE],
    ['access-control-expose-headers', EXPOSED],
    ['cross-origin-resource-policy', allowed === '*' ? 'cross-origin' : 'same-origin'],
  ];
  if (allowed === '*') {
    const forAll = [...always, ...readableBy('*')];
    return () => forAll;
  }
  const unreadable: Fields = [...always, ['vary', 'Origin']];
  const readable = new Map([...allowed].map((origin) => [origin, [...unreadable, ...readableBy(origin)]]));
  return (origin) => readable.get(origin ?? '') ?? unreadable;
}

function readableBy(origin: string): Fields {
  return [
    ['access-control-allow-origin', origin],
    ['timing-allow-origin', origin],
  ];
}

/** Tells a preflight from any other OPTIONS. */
export function isPreflight(headers: HeaderReader): boolean {
  return [headers.get('origin'), headers.get('access-control-request-method')].every(
    (value) => typeof value === 'string',
  );
}

/** What the answer to a preflight has besides, where the origin may read; undefined where it may not. */
export function preflightFields(cors: Fields): Fields | undefined {
  const isAllowed = cors.some(([name]) => name === 'access-control-allow-origin');
  return isAllowed ? [['access-control-max-age', PREFLIGHT_LIFETIME]] : undefined;
}
