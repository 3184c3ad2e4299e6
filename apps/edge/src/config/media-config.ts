import type { SigningKey } from '@room-recordings/core/signing';
import * as v from 'valibot';
import { byteSize, ConfigError, isLoopbackHost, splitList, text, type EnvSchema } from './schemas.ts';
import type { MediaVariable } from './config-variable.ts';

/** How the edge serves media: as bytes, by a redirect to the storage of Twilio, or not at all. */
type MediaMode = 'proxy' | 'redirect' | 'off';

/** The settings of media. */
export interface MediaConfig {
  readonly mode: MediaMode;
  /** The folder with the media of an archive; a relative path starts at apps/edge. It has no effect on Workers. */
  readonly path: string;
  /** The storage hosts that Twilio may redirect to, each `host` or `host:port` in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** The maximum bytes of a response to a media element that requests a range without an end. */
  readonly pieceBytes: number;
  /** The bytes of the largest file that is read completely for its index. */
  readonly scanMaxBytes: number;
  /** The validity of a signed media URL, seconds. */
  readonly urlSeconds: number;
}

/** The bucket hosts that Twilio is known to redirect to. Each host names its bucket, so no other bucket is allowed. */
export const TWILIO_MEDIA_HOSTS =
  'com-twilio-us1-video-recording.s3.amazonaws.com,com.twilio.us1.video.recording.s3.amazonaws.com';

const mediaMode: EnvSchema<MediaMode> = v.picklist(
  ['proxy', 'redirect', 'off'],
  'must be proxy, redirect or off',
);

const HOSTS_RULE =
  'must be a comma-separated list of host or host:port, in lower case and without wildcards; a loopback host needs its port, and no other IP address is accepted';

const mediaHostList: EnvSchema<ReadonlySet<string>> = v.pipe(
  text,
  v.transform(splitList),
  v.minLength(1, HOSTS_RULE),
  v.everyItem(isStorageHost, HOSTS_RULE),
  v.transform((hosts) => new Set(hosts)),
);

/** Checks an entry of `MEDIA_HOSTS`. */
function isStorageHost(entry: string): boolean {
  // The parser rewrites a host such as 0x7f.1 or one with a trailing space. Only a host that is its own normal form is accepted.
  if (!URL.canParse(`https://${entry}`)) return false;
  const { host, hostname, port } = new URL(`https://${entry}`);
  if (host !== entry || hostname.includes('*') || hostname.endsWith('.')) return false;
  if (isLoopbackHost(hostname)) return port !== '';
  return hostname.includes('.') && !/^[\d.]+$|:/.test(hostname);
}

const URL_SECONDS_RULE = 'must be a number of seconds from 1 to 86400';

const urlSeconds: EnvSchema<number> = v.pipe(
  text,
  v.regex(/^\d{1,5}$/, URL_SECONDS_RULE),
  v.transform(Number),
  v.minValue(1, URL_SECONDS_RULE),
  v.maxValue(86_400, URL_SECONDS_RULE),
);

/** The values of the variables of media. */
export interface MediaVariables {
  readonly MEDIA: MediaMode;
  readonly MEDIA_PATH: string;
  readonly MEDIA_HOSTS: ReadonlySet<string>;
  readonly MEDIA_PIECE: number;
  readonly MEDIA_SCAN_MAX: number;
  readonly MEDIA_URL_SECONDS: number;
}

/** The schemas of the variables of media, with their defaults. */
export const MEDIA_SCHEMAS: {
  readonly [Name in MediaVariable]: v.OptionalSchema<EnvSchema<MediaVariables[Name]>, string>;
} = {
  MEDIA: v.optional(mediaMode, 'proxy'),
  MEDIA_PATH: v.optional(text, '.state/media'),
  MEDIA_HOSTS: v.optional(mediaHostList, TWILIO_MEDIA_HOSTS),
  MEDIA_PIECE: v.optional(byteSize, '524288'),
  MEDIA_SCAN_MAX: v.optional(byteSize, '67108864'),
  MEDIA_URL_SECONDS: v.optional(urlSeconds, '3600'),
};

/**
 * Creates the media config from the variables.
 *
 * @throws {ConfigError} if `MEDIA` contradicts the source.
 */
export function parseMediaConfig(
  variables: MediaVariables & { readonly RECORDINGS_SOURCE?: string | undefined },
): MediaConfig {
  if (variables.MEDIA === 'redirect' && variables.RECORDINGS_SOURCE === 'archive') {
    throw new ConfigError(
      'MEDIA=redirect requires RECORDINGS_SOURCE=twilio: an archive has no URL to redirect to.',
    );
  }
  return {
    mode: variables.MEDIA,
    path: variables.MEDIA_PATH,
    hosts: variables.MEDIA_HOSTS,
    pieceBytes: variables.MEDIA_PIECE,
    scanMaxBytes: variables.MEDIA_SCAN_MAX,
    urlSeconds: variables.MEDIA_URL_SECONDS,
  };
}

/** Returns the keys that sign media URLs, of which the first signs. They are not part of the config, so that its JSON has no secret. */
export type MediaSigningKeys = () => Promise<readonly SigningKey[]>;

/** The variables that media URLs may be signed with. */
interface MediaSigningVariables {
  readonly URL_SIGNING_KEYS?: (() => readonly SigningKey[]) | undefined;
  readonly TWILIO_API_SECRET?: string | undefined;
  readonly TWILIO_AUTH_TOKEN?: string | undefined;
}

/**
 * Selects the keys of media URLs: `URL_SIGNING_KEYS`, else a key that is derived from the secret of the API key or from the auth token.
 * A derived key is computed at its first use, because Workers have no cryptography while a Worker starts.
 *
 * @returns undefined without any of these secrets.
 */
export function selectMediaSigningKeys(variables: MediaSigningVariables): MediaSigningKeys | undefined {
  const { URL_SIGNING_KEYS: configured, TWILIO_API_SECRET, TWILIO_AUTH_TOKEN } = variables;
  if (configured !== undefined) return async () => configured();
  const secret = TWILIO_API_SECRET ?? TWILIO_AUTH_TOKEN;
  if (secret === undefined) return undefined;
  let keys: readonly SigningKey[] | undefined;
  // The keys are stored and not their promise: on Workers the promise of a cancelled request never settles.
  return async () => (keys ??= [await deriveMediaKey(secret)]);
}

/** The id of the derived key, which is part of each media URL. */
const DERIVED_KEY_ID = 'media-1';

/**
 * Derives the key of media URLs by HKDF-SHA-256 without a salt.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
async function deriveMediaKey(secret: string): Promise<SigningKey> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveBits',
  ]);
  const bits = await crypto.subtle.deriveBits(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: encoder.encode('room-recordings media 1'),
    },
    material,
    256,
  );
  // The secret of a signing key is text of at least 32 bytes.
  return { id: DERIVED_KEY_ID, secret: btoa(String.fromCharCode(...new Uint8Array(bits))) };
}
