/** A key that signs URLs: its name, which is part of the URL, and its secret. */
export interface SigningKey {
  /** 1 to 64 of `A–Z a–z 0–9 - . _ ~`. */
  readonly id: string;
  /** At least 32 bytes of UTF-8 from a random source, without white space around them. */
  readonly secret: string;
}

/**
 * The bytes of SHA-256. Whoever has one signed URL can try secrets against it, as fast as their machines allow.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2104#section-3
 */
const MIN_SECRET_BYTES = 32;

const ID = /^[A-Za-z0-9._~-]{1,64}$/;

/**
 * Reads keys from one line, as the edge's setting `URL_SIGNING_KEYS` has them: `id:secret`, with commas between keys. The
 * first one signs, each of them is accepted.
 *
 * @throws {TypeError} for a text that is no such list, or that names a key twice. It says nothing of the text.
 */
export function parseSigningKeys(text: string): readonly SigningKey[] {
  const keys = text.split(',').map((member) => {
    // White space behind it is the secret's, and refused with it: whoever signs by other means would not cut it off.
    const [id = '', ...secret] = member.trimStart().split(':');
    return { id, secret: secret.join(':') };
  });
  validateSigningKeys(keys);
  return keys;
}

/**
 * Checks keys, and gives the one that signs.
 *
 * @throws {TypeError} for no key, and for keys that cannot be told apart, used or kept secret.
 */
export function validateSigningKeys(keys: readonly SigningKey[]): SigningKey {
  const [first] = keys;
  if (first === undefined) throw new TypeError('At least one key is needed.');
  if (!keys.every(({ id }) => ID.test(id))) {
    throw new TypeError('The id of a key is 1 to 64 letters, digits, hyphens, dots, underscores or tildes.');
  }
  if (keys.some(({ secret }) => secret !== secret.trim())) {
    throw new TypeError('The secret of a key begins or ends with white space.');
  }
  if (keys.some(({ secret }) => encode(secret).length < MIN_SECRET_BYTES)) {
    throw new TypeError('Each secret must have at least 32 bytes. Make one with: openssl rand -base64 32');
  }
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new TypeError('Two keys have one id.');
  return first;
}

function encode(secret: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(secret);
}

/** Keys that were made ready, by the object that names them: whoever configures keys once has them imported once. */
const imported = new WeakMap<SigningKey, { readonly secret: string; readonly key: CryptoKey }>();

/** Makes a key ready for HMAC-SHA-256. */
export async function importHmacKey(signingKey: SigningKey): Promise<CryptoKey> {
  const { secret } = signingKey;
  const known = imported.get(signingKey);
  if (known?.secret === secret) return known.key;
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  imported.set(signingKey, { secret, key });
  return key;
}
