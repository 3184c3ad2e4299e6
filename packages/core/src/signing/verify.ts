import { UrlSignatureError } from './error.ts';
import { validateSigningKeys, importHmacKey, type SigningKey } from './keys.ts';
import { MAX_EXPIRES_IN, parameterName, splitQuery, signingInput } from './signing-input.ts';

/** How a URL is verified. */
export interface VerifyRecordingUrlOptions {
  /** A URL may be signed by any of them: while keys are changed there are two. */
  readonly keys: readonly SigningKey[];
  /** Milliseconds since 1970; the present by default. */
  readonly now?: number | undefined;
}

/** What a signed URL says of itself, once it is verified. */
export interface VerifiedUrl {
  /** The id of the key that signed it. */
  readonly kid: string;
  /** From when on it holds no more, in seconds since 1970. */
  readonly expires: number;
}

/** The one spelling of 32 bytes in base64url: the last character has two bits that say nothing and are zero. */
const SIGNATURE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
/** How far ahead the signer's clock may be, in seconds. It lengthens nothing: a URL still ends when it says so. */
const CLOCK_TOLERANCE = 60;

const EXPIRES = /^[1-9]\d{0,11}$/;

/**
 * Verifies a URL that `signRecordingUrl` made. It returns for a good one alone, so that a result nobody looks at opens nothing.
 *
 * @param url as it was asked for, absolute.
 * @throws {UrlSignatureError} `url_expired` for a good signature whose time is over, else `signature_invalid`.
 * @throws {TypeError} for keys that cannot be used.
 */
export async function verifyRecordingUrl(
  url: string,
  { keys, now = Date.now() }: VerifyRecordingUrlOptions,
): Promise<VerifiedUrl> {
  validateSigningKeys(keys);
  if (!URL.canParse(url)) throw new UrlSignatureError('signature_invalid');
  const { pathname, search } = new URL(url);
  const members = splitQuery(search);
  const kid = valueOf(members, 'kid');
  const expires = valueOf(members, 'expires');
  const signature = valueOf(members, 'signature');
  const key = keys.find(({ id }) => id === kid);
  if (key === undefined || !EXPIRES.test(expires) || !SIGNATURE.test(signature)) {
    throw new UrlSignatureError('signature_invalid');
  }
  // The platform compares, in constant time.
  const isSigned = await crypto.subtle.verify(
    'HMAC',
    await importHmacKey(key),
    decode(signature),
    signingInput(kid, pathname, members),
  );
  const seconds = Number(expires) - now / 1000;
  if (!isSigned || seconds > MAX_EXPIRES_IN + CLOCK_TOLERANCE)
    throw new UrlSignatureError('signature_invalid');
  if (seconds <= 0) throw new UrlSignatureError('url_expired');
  return { kid, expires: Number(expires) };
}

/** The value of a member that is there once; what is missing or doubled, with a value or without, has none. */
function valueOf(members: readonly string[], name: string): string {
  const [member = '', ...others] = members.filter((each) => parameterName(each) === name);
  return others.length === 0 ? member.slice(name.length + 1) : '';
}

function decode(signature: string): Uint8Array<ArrayBuffer> {
  const text = atob(signature.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
