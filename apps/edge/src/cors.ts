/** Who may read across origins: everyone, or exactly these serialised origins. */
export type AllowedOrigins = '*' | ReadonlySet<string>;

const EXPOSED =
  'ETag, Age, Date, Cache-Status, Retry-After, X-Request-Id, Link, Content-Range, Accept-Ranges';
const REQUESTABLE = 'Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, Range';

/** Below Chrome's cap of two hours, in seconds. */
const PREFLIGHT_LIFETIME = '7200';

/** Tells whether a page of this origin may read the answer. */
function isAllowed(origin: string | null, allowed: AllowedOrigins): boolean {
  return allowed === '*' || (origin !== null && allowed.has(origin));
}

/**
 * Stamps the cross-origin headers on any answer, errors included, so that a page can read the status.
 *
 * The requested headers are never reflected. `Vary` does not depend on whether there was an Origin.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function stampCors(headers: Headers, origin: string | null, allowed: AllowedOrigins): void {
  headers.set('Access-Control-Allow-Methods', 'GET, HEAD');
  headers.set('Access-Control-Allow-Headers', REQUESTABLE);
  headers.set('Access-Control-Expose-Headers', EXPOSED);
  headers.set('Cross-Origin-Resource-Policy', allowed === '*' ? 'cross-origin' : 'same-origin');
  if (allowed !== '*') headers.set('Vary', 'Origin');
  const readable = allowed === '*' ? '*' : isAllowed(origin, allowed) ? origin : null;
  if (readable === null) return;
  headers.set('Access-Control-Allow-Origin', readable);
  headers.set('Timing-Allow-Origin', readable);
}

/** Tells a preflight from any other OPTIONS. */
export function isPreflight(request: Request): boolean {
  return request.headers.has('Origin') && request.headers.has('Access-Control-Request-Method');
}

/** What only a preflight's answer carries. */
export function stampPreflight(headers: Headers): void {
  headers.set('Access-Control-Max-Age', PREFLIGHT_LIFETIME);
}
