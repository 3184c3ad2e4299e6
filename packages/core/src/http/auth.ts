/** Gives the Authorization header's value. A function, so that logging a client's options prints no secret. */
export type RecordingsAuth = () => string;

/**
 * HTTP Basic: an API key's SID and secret, or the account's SID and auth token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function basicAuth(user: string, password: string): RecordingsAuth {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  const header = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  return () => header;
}

/**
 * A Bearer token, for an edge that asks for one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750
 */
export function bearerAuth(token: string): RecordingsAuth {
  const header = `Bearer ${token}`;
  return () => header;
}
