import type { RecordingRef } from '@room-recordings/core';
import { signRecordingUrl } from '@room-recordings/core/signing';
import { copyString } from '../concurrency/retained-strings.ts';
import type { MediaSigningKeys } from '../config/media-config.ts';

/** The parts of a signed media URL. */
interface MediaUrlParts {
  readonly id: RecordingRef;
  /** The origin of the edge. */
  readonly publicUrl: string;
  /** The value of the parameter `format`; undefined for the representation that plays. */
  readonly format?: string | undefined;
  /** The fingerprint of the credential that the URL is made for: transfers by the URL count for that credential. */
  readonly client: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** Signs a media URL. The URL opens the media of the recording in this format, and nothing else. */
export type SignMediaUrl = (parts: MediaUrlParts) => Promise<string>;

/** The parameter that holds the fingerprint of a credential. Other signed URLs do not have it. */
export const CLIENT_PARAMETER = 'client';

/** The fingerprint of a token or of a signed URL. The space in it is a `+` in the URL. */
const CLIENT = /^(?:token|url) [0-9a-z]{1,16}$/;

/**
 * Creates the signer of the media URLs of one response. The first signature imports the key, and the others wait for it.
 *
 * @param keys the config's `mediaSigningKeys`.
 */
export function createMediaUrlSigner(keys: MediaSigningKeys): SignMediaUrl {
  let first: Promise<string> | undefined;
  const sign: SignMediaUrl = async ({ id, publicUrl, format, client, expires }) => {
    const query = new URLSearchParams({ ...(format === undefined ? {} : { format }), client });
    const url = `${publicUrl}/v1/Rooms/${id.roomSid}/Recordings/${id.sid}/Media?${query}`;
    // The signer adds a duration to the time, and only their sum is part of the URL.
    return signRecordingUrl(url, { keys: await keys(), now: (expires - 1) * 1000, expiresIn: 1 });
  };
  return async (parts) => {
    if (first === undefined) return (first = sign(parts));
    await first;
    return sign(parts);
  };
}

/**
 * Computes when a media URL expires: not later than the credential that it is made for.
 *
 * @param now milliseconds since 1970.
 * @param seconds the validity of media URLs, `MEDIA_URL_SECONDS`.
 * @param credentialExpires seconds since 1970, possibly with a fraction.
 * @returns whole seconds since 1970.
 */
export function computeMediaUrlExpiry(now: number, seconds: number, credentialExpires: number): number {
  return Math.floor(Math.min(now / 1000 + seconds, credentialExpires));
}

/**
 * Parses the fingerprint of the credential that a media URL is made for.
 *
 * @param search a query with its question mark, signed or not.
 * @returns undefined if the query is not that of a signed media URL.
 */
export function parseMediaUrlClient(search: string): string | undefined {
  const clients = new URLSearchParams(search).getAll(CLIENT_PARAMETER);
  const [client = ''] = clients;
  // The cache of verified URLs keeps it for longer than the request exists.
  return clients.length === 1 && CLIENT.test(client) ? copyString(client) : undefined;
}
