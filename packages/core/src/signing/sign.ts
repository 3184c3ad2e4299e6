import { validateSigningKeys, importHmacKey, type SigningKey } from './keys.ts';
import { MAX_EXPIRES_IN, parameterName, splitQuery, signingInput } from './signing-input.ts';

/** How a URL is signed. */
export interface SignRecordingUrlOptions {
  /** The first one signs. */
  readonly keys: readonly SigningKey[];
  /** Seconds, 1 to 86400. */
  readonly expiresIn: number;
  /** Milliseconds since 1970; the present by default. */
  readonly now?: number | undefined;
}

const OWN = new Set(['kid', 'expires', 'signature']);

/**
 * Signs an edge's URL, so that whoever has it may read it until it expires: adds `kid`, `expires` and `signature`, or renews them.
 *
 * Path and query are covered and the origin is not: edges with one key accept each other's URLs.
 *
 * @param url absolute.
 * @throws {TypeError} for what is no absolute URL, and for keys that cannot be used.
 * @throws {RangeError} for `expiresIn` outside 1 to 86400 whole seconds.
 */
export async function signRecordingUrl(url: string, options: SignRecordingUrlOptions): Promise<string> {
  const { keys, expiresIn, now = Date.now() } = options;
  const key = validateSigningKeys(keys);
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > MAX_EXPIRES_IN) {
    throw new RangeError(`expiresIn must be whole seconds, 1 to ${MAX_EXPIRES_IN}.`);
  }
  const signed = new URL(url);
  const expires = Math.floor(now / 1000) + expiresIn;
  const asked = splitQuery(signed.search).filter(
    (member) => member !== '' && !OWN.has(parameterName(member)),
  );
  const members = [...asked, `kid=${key.id}`, `expires=${expires}`];
  const mac = await crypto.subtle.sign(
    'HMAC',
    await importHmacKey(key),
    signingInput(key.id, signed.pathname, members),
  );
  signed.search = [...members, `signature=${encode(mac)}`].join('&');
  return signed.href;
}

function encode(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
