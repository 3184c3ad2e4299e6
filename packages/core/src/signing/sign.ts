import { InvalidArgumentError } from '../errors.ts';
import { validateSigningKeys, importHmacKey, type SigningKey } from './keys.ts';
import { MAX_EXPIRES_IN, parameterName, ROOM_PATH, signingInput, splitQuery } from './signing-input.ts';

/** The options of `signRecordingUrl` and `signRoomUrl`. */
export interface SignUrlOptions {
  /** The keys, of which the first signs. */
  readonly keys: readonly SigningKey[];
  /** The time until the URL expires, in whole seconds, from 1 to 86,400 (1 day). */
  readonly expiresIn: number;
  /** The current time in milliseconds since 1970. Default is `Date.now()`. */
  readonly now?: number | undefined;
}

const SIGNATURE_PARAMETERS = new Set(['kid', 'expires', 'signature']);

/**
 * Signs the URL of a recording on an edge, so that every client that has the URL may read the recording until it expires.
 *
 * The signature covers path and query, but not the origin: edges with the same key accept each other's URLs. If the query
 * has no other parameters, the three parameters of the signature also open the recording's `/Media`. A signed `/Media` URL
 * opens nothing else.
 *
 * @param url an absolute URL. A signature that it already has is replaced.
 * @returns the URL with the parameters `kid`, `expires` and `signature`.
 * @throws {InvalidArgumentError} `invalid_argument`: `url` is not absolute, a key is invalid, or `expiresIn` is out of range.
 */
export async function signRecordingUrl(url: string, options: SignUrlOptions): Promise<string> {
  const { keys, expiresIn, now = Date.now() } = options;
  const key = validateSigningKeys(keys);
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > MAX_EXPIRES_IN) {
    throw new InvalidArgumentError(`expiresIn must be an integer from 1 to ${MAX_EXPIRES_IN} seconds.`);
  }
  if (!URL.canParse(url)) throw new InvalidArgumentError('url must be an absolute URL.');
  const signed = new URL(url);
  const expires = Math.floor(now / 1000) + expiresIn;
  const unsigned = splitQuery(signed.search).filter(
    (member) => member !== '' && !SIGNATURE_PARAMETERS.has(parameterName(member)),
  );
  const members = [...unsigned, `kid=${key.id}`, `expires=${expires}`];
  const mac = await crypto.subtle.sign(
    'HMAC',
    await importHmacKey(key),
    signingInput(key.id, signed.pathname, members),
  );
  signed.search = [...members, `signature=${toBase64Url(mac)}`].join('&');
  return signed.href;
}

/**
 * Signs the URL of a room on an edge, `…/v1/Rooms/{RoomSid}`, so that every client that has the parameters may read all
 * of the room until they expire: its list, its timeline, its recordings and their media.
 *
 * @param url the absolute URL of the room. Its query and fragment are removed.
 * @returns the URL with the parameters `kid`, `expires` and `signature`, which may be appended to each URL below the room,
 * beside parameters such as `PageSize`. An edge has no route for the room's URL itself.
 * @throws {InvalidArgumentError} `invalid_argument`: `url` is not the URL of a room, a key is invalid, or `expiresIn` is out
 * of range.
 * @example
 * const { search } = new URL(await signRoomUrl(`${edge}/v1/Rooms/${roomSid}`, { keys, expiresIn: 600 }));
 * const timelineUrl = `${edge}/v1/Rooms/${roomSid}/Timeline${search}`;
 */
export async function signRoomUrl(url: string, options: SignUrlOptions): Promise<string> {
  const { origin, pathname } = URL.canParse(url) ? new URL(url) : { origin: '', pathname: '' };
  // A longer path would get more access than its text shows.
  if (ROOM_PATH.exec(`${pathname}/`)?.[0] !== pathname) {
    throw new InvalidArgumentError('url must be an absolute URL with the path /v1/Rooms/{RoomSid}.');
  }
  return signRecordingUrl(origin + pathname, options);
}

function toBase64Url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
