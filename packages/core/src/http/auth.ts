/**
 * Returns the value of the `Authorization` header, or a promise of it.
 *
 * It is a function, so that logging a client's options does not print a secret.
 */
export type RecordingsAuth = () => string | Promise<string>;

/**
 * Creates the credentials of HTTP Basic authentication, which Twilio accepts.
 *
 * @param user the SID of an API key, or of the account.
 * @param password the secret of the API key, or the account's auth token.
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function basicAuth(user: string, password: string): () => string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  const header = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  return () => header;
}

/**
 * Creates the credentials of an edge that requires a bearer token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750
 */
export function bearerAuth(token: string): () => string {
  const header = `Bearer ${token}`;
  return () => header;
}
