import { InvalidArgumentError } from '../errors.ts';

/** A key that signs URLs: its id, which is part of the URL, and its secret. */
export interface SigningKey {
  /** 1 to 64 of `A–Z a–z 0–9 - . _ ~`. */
  readonly id: string;
  /** At least 32 bytes of UTF-8 from a random source, without leading or trailing white space. */
  readonly secret: string;
}

/**
 * The length of a SHA-256 hash. A client that has one signed URL can guess secrets offline, as fast as its machines allow.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2104#section-3
 */
const MIN_SECRET_BYTES = 32;

const KEY_ID = /^[A-Za-z0-9._~-]{1,64}$/;

/**
 * Parses keys from one line, the format of the edge's setting `URL_SIGNING_KEYS`.
 *
 * @param text `id:secret`, with commas between keys. The first key signs, and each key is accepted.
 * @throws {InvalidArgumentError} `invalid_argument`: the text has another format, or it contains an id twice.
 */
export function parseSigningKeys(text: string): readonly SigningKey[] {
  const keys = text.split(',').map((member) => {
    // Trailing white space belongs to the secret and is rejected with it: another implementation would not remove it.
    const [id = '', ...secret] = member.trimStart().split(':');
    return { id, secret: secret.join(':') };
  });
  validateSigningKeys(keys);
  return keys;
}

/**
 * Checks keys.
 *
 * @returns the first key, which signs.
 * @throws {InvalidArgumentError} `invalid_argument`: the list is empty, two keys have the same id, an id has a character
 * that is not allowed, or a secret is too short or has white space around it.
 */
export function validateSigningKeys(keys: readonly SigningKey[]): SigningKey {
  const [first] = keys;
  if (first === undefined) throw new InvalidArgumentError('keys must contain at least one key.');
  if (!keys.every(({ id }) => KEY_ID.test(id))) {
    throw new InvalidArgumentError(
      'The id of a key must be 1 to 64 letters, digits, hyphens, dots, underscores or tildes.',
    );
  }
  if (keys.some(({ secret }) => secret !== secret.trim())) {
    throw new InvalidArgumentError('The secret of a key must not begin or end with white space.');
  }
  if (keys.some(({ secret }) => encode(secret).length < MIN_SECRET_BYTES)) {
    throw new InvalidArgumentError(
      'Each secret must have at least 32 bytes. Create one with: openssl rand -base64 32',
    );
  }
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) {
    throw new InvalidArgumentError('Two keys must not have the same id.');
  }
  return first;
}

function encode(secret: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(secret);
}

/** The imported keys by their configured object, so that a program that keeps its keys imports each of them once. */
const importedKeys = new WeakMap<SigningKey, { readonly secret: string; readonly key: CryptoKey }>();

/** Imports a key for HMAC-SHA-256. */
export async function importHmacKey(signingKey: SigningKey): Promise<CryptoKey> {
  const { secret } = signingKey;
  const imported = importedKeys.get(signingKey);
  if (imported?.secret === secret) return imported.key;
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  importedKeys.set(signingKey, { secret, key });
  return key;
}
