import {
  errors,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWK,
  createLocalJWKSet,
  type CryptoKey,
} from 'jose';
import * as v from 'valibot';
import { createRunShared } from '../concurrency/single-flight.ts';
import { logEntry, serializeError } from '../logging.ts';
import { withTransferLimits } from '../twilio/resilience/transfer-limits.ts';
import { withUserAgent } from '../twilio/twilio-source.ts';
import type { AuthServices } from './strategy.ts';

/** The cooldown: milliseconds between two fetches of a JWKS, so that tokens with unknown keys cannot flood an issuer. jose's default. */
const COOLDOWN_MS = 30_000;

/** The timeout of a fetch of a JWKS, milliseconds. jose's default. */
const TIMEOUT_MS = 5_000;

/** The longest use of a JWKS after it was fetched, milliseconds. jose's default. */
const MAX_AGE_MS = 600_000;

/** The age from which a JWKS is refreshed in the background, milliseconds. Ten attempts fit in before `MAX_AGE_MS`. */
const REFRESH_AFTER_MS = 300_000;

/** The shortest RSA modulus, bits (RFC 7518, section 3.3). Shorter ones have been factored. */
const MIN_RSA_BITS = 2_048;

/** Thrown if no key is available, so that a token can be neither accepted nor rejected. */
export class JwksUnavailableError extends Error {
  override readonly name = 'JwksUnavailableError';
  readonly retryAfter: number;

  /** @param retryAfter seconds until the next fetch. */
  constructor(retryAfter: number) {
    super('The JWKS is not available.');
    this.retryAfter = retryAfter;
  }
}

/** Thrown if a response is not a JWKS with a usable key. */
class InvalidJwksError extends Error {
  override readonly name = 'InvalidJwksError';
}

/** The key that a JWS header selects from a JWKS. */
interface SelectedKey {
  readonly key: CryptoKey;
  /** Whether the token's `kid` selected the key. If not, an invalid signature may mean that the issuer has changed its key. */
  readonly matchedKid: boolean;
}

/** A selected key, and the limits of what it verifies. */
export interface RemoteKey extends SelectedKey {
  /** Milliseconds since 1970. From then on, a token that this key verified must be verified again. */
  readonly validUntil: number;
  /** The version of the JWKS that has the key. */
  readonly keyVersion: number;
}

/** The JWKS of an issuer. */
export interface RemoteJwks {
  /**
   * Gets the key that a JWS header selects.
   *
   * @param requestId the request's id in the log entry of a failed fetch.
   * @throws {JwksUnavailableError} if the JWKS cannot be fetched.
   * @throws {errors.JWKSNoMatchingKey} if the JWKS does not have the key.
   * @throws {errors.JWKSMultipleMatchingKeys} if a header without `kid` matches several keys.
   */
  readonly getKey: (header: JWTHeaderParameters, requestId: string) => Promise<RemoteKey>;
  /**
   * Gets the key of a newer JWKS, for a token whose signature `failed` did not verify. Fetches the JWKS unless the cooldown runs.
   *
   * @returns undefined if the issuer has not changed its JWKS.
   * @throws {JwksUnavailableError} if the JWKS cannot be fetched.
   * @throws {errors.JWKSNoMatchingKey} if the new JWKS does not have the key.
   */
  readonly getNewerKey: (
    header: JWTHeaderParameters,
    failed: RemoteKey,
    requestId: string,
  ) => Promise<RemoteKey | undefined>;
  /** Returns the version of the JWKS. It grows with each change, and tokens of another version must be verified again. */
  readonly keyVersion: () => number;
}

/** A fetched JWKS. */
interface FetchedJwks {
  readonly text: string;
  readonly version: number;
  readonly selectKey: SelectKey;
  /** The time of the last fetch, milliseconds of the monotonic clock. */
  readonly fetchedAt: number;
}

/**
 * Creates the JWKS of an issuer, which is fetched in three cases:
 *
 * - a token needs it, and it is absent or older than `MAX_AGE_MS`;
 * - it is used and older than `REFRESH_AFTER_MS`: it is then refreshed in the background;
 * - a token selects a key that it does not have.
 *
 * The cooldown follows each fetch, successful or not. jose's remote JWKS is not used: it has its own clock and timers, follows
 * redirects, and fetches again for each token while the issuer is down.
 */
export function createRemoteJwks(url: string, services: AuthServices): RemoteJwks {
  const { now, monotonic: time, sleep, logger } = services;
  const fetch = withTransferLimits(withUserAgent(services.fetch), sleep);
  const singleFlight = createRunShared<void>(TIMEOUT_MS, { ...services, now: time });
  let jwks: FetchedJwks | undefined;
  let lastFetchAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  async function fetchJwks(signal: AbortSignal): Promise<JSONWebKeySet> {
    const headers = { accept: 'application/json, application/jwk-set+json' };
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    if (response.status === 200) return parseJwks(await response.text());
    await response.body?.cancel();
    throw new InvalidJwksError(`The response to the request for the JWKS has status ${response.status}.`);
  }

  async function refresh(signal: AbortSignal, requestId: string): Promise<void> {
    if (time() - lastFetchAt < COOLDOWN_MS) return;
    lastFetchAt = time();
    // A failure until the fetch succeeds: on Workers the fetch may be cancelled with the request that started it.
    hasFailed = true;
    try {
      jwks = updateJwks(jwks, await fetchJwks(signal), time());
      hasFailed = false;
    } catch (error) {
      const members = { request_id: requestId, ...serializeError(error) };
      logger.write(logEntry('auth.jwks_fetch_failed', now(), members));
    }
  }

  const refreshOnce = (requestId: string) => singleFlight('keys', (signal) => refresh(signal, requestId));
  const getUsable = () => (jwks !== undefined && time() - jwks.fetchedAt < MAX_AGE_MS ? jwks : undefined);
  const cooldownSeconds = () => Math.max(0, lastFetchAt + COOLDOWN_MS - time()) / 1000;
  const refreshAt = ({ fetchedAt }: FetchedJwks) =>
    Math.max(fetchedAt + REFRESH_AFTER_MS, lastFetchAt + COOLDOWN_MS);

  async function select(header: JWTHeaderParameters): Promise<RemoteKey | undefined> {
    const usable = getUsable();
    if (usable === undefined) return undefined;
    try {
      const selected = await usable.selectKey(header);
      // Cached tokens expire when the JWKS is due for a refresh, so that the next request triggers the refresh.
      const validUntil = now() + Math.min(refreshAt(usable), usable.fetchedAt + MAX_AGE_MS) - time();
      return { ...selected, validUntil, keyVersion: usable.version };
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  async function refreshAndSelect(header: JWTHeaderParameters, requestId: string): Promise<RemoteKey> {
    await refreshOnce(requestId);
    const isAvailable = getUsable() !== undefined;
    const key = await select(header);
    if (key !== undefined) return key;
    if (!isAvailable || hasFailed) throw new JwksUnavailableError(cooldownSeconds());
    throw new errors.JWKSNoMatchingKey();
  }

  return {
    keyVersion: () => jwks?.version ?? 0,
    async getKey(header, requestId) {
      const usable = getUsable();
      if (usable !== undefined && time() >= refreshAt(usable)) void refreshOnce(requestId);
      return (await select(header)) ?? refreshAndSelect(header, requestId);
    },
    async getNewerKey(header, failed, requestId) {
      const key = await refreshAndSelect(header, requestId);
      if (key.keyVersion !== failed.keyVersion) return key;
      if (hasFailed) throw new JwksUnavailableError(cooldownSeconds());
      return undefined;
    },
  };
}

/** Keeps the version and the imported keys if the issuer has sent the same JWKS again. */
function updateJwks(previous: FetchedJwks | undefined, keys: JSONWebKeySet, now: number): FetchedJwks {
  const text = JSON.stringify(keys);
  if (previous?.text === text) return { ...previous, fetchedAt: now };
  return { text, version: (previous?.version ?? 0) + 1, selectKey: createKeySelector(keys), fetchedAt: now };
}

const jwksSchema = v.pipe(v.string(), v.parseJson(), v.object({ keys: v.array(v.unknown()) }));

/**
 * Parses a JWKS and removes the keys that must not verify tokens: symmetric keys, which every reader of the JWKS knows, private keys,
 * and short RSA keys.
 *
 * @throws {InvalidJwksError} if the text is not a JWKS, or if the JWKS does not have a usable key.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
export function parseJwks(text: string): JSONWebKeySet {
  const jwks = v.safeParse(jwksSchema, text);
  if (!jwks.success) throw new InvalidJwksError('The response is not a JWKS.');
  const keys = jwks.output.keys.filter(isUsableKey);
  if (keys.length === 0) throw new InvalidJwksError('The JWKS does not have a usable key.');
  return { keys };
}

/** A member that is not an object is ignored, like a key of an unknown type (RFC 7517, section 5). */
function isUsableKey(member: unknown): member is JWK & { readonly kty: string } {
  if (typeof member !== 'object' || member === null) return false;
  const key: Readonly<Record<string, unknown>> = { ...member };
  if (Object.hasOwn(key, 'd') || Object.hasOwn(key, 'k')) return false;
  if (key['kty'] === 'EC' || key['kty'] === 'OKP') return true;
  return key['kty'] === 'RSA' && typeof key['n'] === 'string' && modulusBits(key['n']) >= MIN_RSA_BITS;
}

/** Six bits per base64url character, without leading zeros. Rounding down to bytes removes the unused bits of the last character. */
function modulusBits(modulus: string): number {
  return Math.floor((modulus.replace(/^A+/, '').length * 6) / 8) * 8;
}

/** Selects a key by a JWS header. */
type SelectKey = (header: JWTHeaderParameters) => Promise<SelectedKey>;

/**
 * Creates a key selector. A token with a `kid` also selects a key without one if that key is the only key of its algorithm: jose
 * compares `kid` by equality and would not find it. The signature then decides.
 *
 * @returns a function that rejects with `JWKSNoMatchingKey`, or with `JWKSMultipleMatchingKeys` if a token without `kid` matches several.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1.4
 */
function createKeySelector(keySet: JSONWebKeySet): SelectKey {
  const select = createLocalJWKSet(keySet);
  const selectWithoutKid = createLocalJWKSet({ keys: keySet.keys.filter(({ kid }) => kid === undefined) });
  return async (header) => {
    try {
      return { key: await select(header), matchedKid: header.kid !== undefined };
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const { kid: _kid, ...headerWithoutKid } = header;
      try {
        // Throws if the JWKS has several keys of the algorithm, with or without `kid`.
        await select(headerWithoutKid);
        return { key: await selectWithoutKid(headerWithoutKid), matchedKid: false };
      } catch {
        throw error;
      }
    }
  };
}
