import type { FetchFunction } from '@room-recordings/core';
import { VERSION } from '../version.ts';

/** The product that Twilio and an issuer see in their logs. */
const USER_AGENT = `room-recordings/${VERSION}`;

/**
 * Sends `User-Agent: room-recordings/VERSION` with each request of a fetch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5
 */
export function withUserAgent(fetch: FetchFunction): FetchFunction {
  return (url, init) => {
    const headers = new Headers(init.headers);
    headers.set('user-agent', USER_AGENT);
    return fetch(url, { ...init, headers });
  };
}
