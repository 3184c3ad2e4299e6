import { RoomRecordingsError } from '../errors.ts';
import { validateSigningKeys, importHmacKey, type SigningKey } from './keys.ts';
import { MAX_EXPIRES_IN, parameterName, ROOM_PATH, signingInput, splitQuery } from './signing-input.ts';

/** The options of `verifyUrl`. */
export interface VerifyUrlOptions {
  /** The accepted keys. During a key rotation there are two. */
  readonly keys: readonly SigningKey[];
  /** The current time in milliseconds since 1970. Default is `Date.now()`. */
  readonly now?: number | undefined;
}

/** The members of a verified URL that its signature covers. */
export interface VerifiedUrl {
  /** The id of the key that signed it. */
  readonly kid: string;
  /** The time of its expiry, in seconds since 1970. */
  readonly expires: number;
  /**
   * The path that was signed: the path of the URL itself, or the path of its recording or room, which opens the URL too.
   * Access is to this path, not to the path of the URL.
   */
  readonly path: string;
}

/** The reasons for which a signed URL is rejected. */
export type UrlSignatureErrorCode = 'signature_invalid' | 'url_expired';

/** A signed URL was rejected. Neither the message nor a member contains a part of the URL or of a key. */
export class UrlSignatureError extends RoomRecordingsError {
  override readonly name = 'UrlSignatureError';
  override readonly code: UrlSignatureErrorCode;

  constructor(code: UrlSignatureErrorCode) {
    super(
      code === 'url_expired'
        ? 'The signed URL has expired. Request a new one.'
        : 'The URL is not signed by one of the keys.',
    );
    this.code = code;
  }
}

/** The only base64url form of 32 bytes: the last character has two unused bits, which are zero. */
const SIGNATURE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * The seconds by which the signer's clock may be ahead. The validity of a URL does not grow: it still ends at `expires`.
 */
const CLOCK_TOLERANCE = 60;

const EXPIRES = /^[1-9]\d{0,11}$/;

/** Matches the path of a recording's media and captures the path of the recording. */
const MEDIA_PATH = /^(\/v1\/Rooms\/RM[0-9a-fA-F]{32}\/Recordings\/RT[0-9a-fA-F]{32})\/Media$/;

/**
 * Verifies a URL that `signRecordingUrl` or `signRoomUrl` signed, or a URL below it. It throws for every other URL, so that
 * a result that is not checked does not grant access.
 *
 * A signature for the URL's own path covers each parameter. A signature for the recording of a `/Media` URL, or for the room,
 * covers `kid` and `expires` only: the other parameters of the URL are not signed.
 *
 * @param url the absolute URL of the request.
 * @returns the key, the expiry and the signed path.
 * @throws {UrlSignatureError} `url_expired`: the signature is valid, but its time is over.
 * @throws {UrlSignatureError} `signature_invalid`: any other URL.
 * @throws {InvalidArgumentError} `invalid_argument`: a key is invalid.
 */
export async function verifyUrl(
  url: string,
  { keys, now = Date.now() }: VerifyUrlOptions,
): Promise<VerifiedUrl> {
  validateSigningKeys(keys);
  if (!URL.canParse(url)) throw new UrlSignatureError('signature_invalid');
  const { pathname, search } = new URL(url);
  const members = splitQuery(search);
  const kid = findValue(members, 'kid');
  const expires = findValue(members, 'expires');
  const signature = findValue(members, 'signature');
  const key = keys.find(({ id }) => id === kid);
  if (key === undefined || !EXPIRES.test(expires) || !SIGNATURE.test(signature)) {
    throw new UrlSignatureError('signature_invalid');
  }
  const hmacKey = await importHmacKey(key);
  const mac = fromBase64Url(signature);
  const path = await findSignedPath();
  const seconds = Number(expires) - now / 1000;
  if (path === undefined || seconds > MAX_EXPIRES_IN + CLOCK_TOLERANCE)
    throw new UrlSignatureError('signature_invalid');
  if (seconds <= 0) throw new UrlSignatureError('url_expired');
  return { kid, expires: Number(expires), path };

  async function findSignedPath(): Promise<string | undefined> {
    const parents = [MEDIA_PATH.exec(pathname)?.[1], ROOM_PATH.exec(pathname)?.[0]];
    const inherited = [`kid=${kid}`, `expires=${expires}`];
    if (await isSigned(pathname, members)) return pathname;
    for (const parent of parents) {
      if (parent !== undefined && (await isSigned(parent, inherited))) return parent;
    }
    return undefined;
  }

  /** The platform compares signatures in constant time. */
  function isSigned(signedPath: string, covered: readonly string[]): Promise<boolean> {
    return crypto.subtle.verify('HMAC', hmacKey, mac, signingInput(kid, signedPath, covered));
  }
}

/** Returns the value of a member that occurs once; an empty string if it is absent, occurs twice or has no value. */
function findValue(members: readonly string[], name: string): string {
  const [member = '', ...others] = members.filter((each) => parameterName(each) === name);
  return others.length === 0 ? member.slice(name.length + 1) : '';
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}
