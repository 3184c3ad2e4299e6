import { withTransferLimits } from '../../src/twilio/resilience/transfer-limits.ts';

/** A body of which more than 20 characters never come. */
const KEY_SET = JSON.stringify({ keys: [{ kty: 'RSA', n: 'x'.repeat(100) }] });

/**
 * Reads a body of this runtime's own fetch, and aborts while the rest is missing.
 *
 * @param issuer the address of the server of `issuer-server.ts`.
 * @returns `rejected`, or what came of the part.
 */
export async function readAborted(issuer: string): Promise<string> {
  const leaving = new AbortController();
  const never = () => new Promise<void>(() => undefined);
  const url = `${issuer}/stalled/${crypto.randomUUID()}?keys=${encodeURIComponent(KEY_SET)}`;
  const limited = withTransferLimits((asked, init) => fetch(asked, init), never);
  const response = await limited(url, { signal: leaving.signal });
  const reading = response.text();
  leaving.abort();
  return reading.then(
    (text) => `resolved with ${text.length} characters`,
    () => 'rejected',
  );
}
