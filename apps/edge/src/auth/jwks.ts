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
import { serializeError } from '../logging.ts';
import { withTransferLimits } from '../twilio/resilience/transfer-limits.ts';
import { tryParseJson } from '../twilio/rooms-api.ts';
import { withUserAgent } from '../twilio/twilio-source.ts';
import type { AuthServices } from './strategy.ts';

/** The same that jose has for its own remote set, in milliseconds. */
const TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;
/** Keys are used for so long while the issuer gives no others. Milliseconds. */
const MAX_AGE_MS = 600_000;
/** From then on they are asked for behind those who use them: ten tries before they end. Milliseconds. */
const REFRESH_MS = 300_000;

/** No key could be had, so nothing can be told of a token; `retryAfter` is seconds. */
export class JwksUnavailableError extends Error {
  override readonly name = 'JwksUnavailableError';
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('The key set cannot be had.');
    this.retryAfter = retryAfter;
  }
}

/** A key that was found. */
export interface FoundKey extends SelectedKey {
  /** What it verified has to be verified again from then on, in milliseconds since 1970. */
  readonly until: number;
  /** The edition that it is of. */
  readonly edition: number;
}

/** An issuer's keys. */
export interface RemoteJwks {
  /** Finds the key that a token names; `KeysUnavailable` or an error of jose's where there is none. */
  readonly find: (header: JWTHeaderParameters) => Promise<FoundKey>;
  /**
   * Finds the key once more after it did not verify the signature. The keys are fetched again for that, unless the cooldown runs.
   *
   * @returns undefined if the issuer has published nothing else since.
   * @throws {JwksUnavailableError} if the keys cannot be fetched.
   * @throws {errors.JWKSNoMatchingKey} if the key is not in the new set.
   */
  readonly findNewer: (header: JWTHeaderParameters, failed: FoundKey) => Promise<FoundKey | undefined>;
  /** Counts the sets that differ: what was verified by another edition has to be verified again. */
  readonly edition: () => number;
}

/** The keys of one answer, and when they came last, by the monotonic clock. */
interface Fetched {
  readonly text: string;
  readonly edition: number;
  readonly find: FindKey;
  readonly at: number;
}

/**
 * An issuer's keys: fetched when they are needed, used for ten minutes, and asked for again before that, behind those whom they
 * serve from five minutes on, and where a token names a key that is not among them. jose's own remote set has a clock and
 * timers of its own, follows what it is told, and asks again for each token while the issuer is down; here every try, good or
 * bad, is followed by the cooldown.
 */
export function createRemoteJwks(url: string, outside: AuthServices): RemoteJwks {
  const { now, sleep, report } = outside;
  const time = outside.monotonic;
  const fetch = withTransferLimits(withUserAgent(outside.fetch), sleep);
  const share = createRunShared<void>(TIMEOUT_MS, { ...outside, now: time });
  let fetched: Fetched | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  async function tryToFetch(signal: AbortSignal): Promise<void> {
    if (time() - triedAt < COOLDOWN_MS) return;
    triedAt = time();
    // Until the contrary is shown, since whoever waits for it may be gone before it ends.
    hasFailed = true;
    try {
      fetched = renew(fetched, await askForKeys(url, fetch, signal), time());
      hasFailed = false;
    } catch (fault) {
      report({
        level: 'error',
        time: new Date(now()).toISOString(),
        access: 'jwt',
        ...serializeError(fault),
      });
    }
  }

  const fresh = () => (fetched !== undefined && time() - fetched.at < MAX_AGE_MS ? fetched : undefined);
  const waitSeconds = () => Math.max(0, triedAt + COOLDOWN_MS - time()) / 1000;
  const dueAt = ({ at }: Fetched) => Math.max(at + REFRESH_MS, triedAt + COOLDOWN_MS);

  async function select(
    keys: Fetched | undefined,
    header: JWTHeaderParameters,
  ): Promise<FoundKey | undefined> {
    if (keys === undefined) return undefined;
    try {
      const selected = await keys.find(header);
      // Whoever is remembered comes back when the keys are due, so that somebody asks for them in time.
      const until = now() + Math.min(dueAt(keys), keys.at + MAX_AGE_MS) - time();
      return { ...selected, until, edition: keys.edition };
    } catch (fault) {
      if (fault instanceof errors.JWKSNoMatchingKey) return undefined;
      throw fault;
    }
  }

  async function findAgain(header: JWTHeaderParameters): Promise<FoundKey> {
    await share('keys', tryToFetch);
    const keys = fresh();
    const found = await select(keys, header);
    if (found !== undefined) return found;
    if (keys === undefined || hasFailed) throw new JwksUnavailableError(waitSeconds());
    throw new errors.JWKSNoMatchingKey();
  }

  return {
    edition: () => fetched?.edition ?? 0,
    async find(header) {
      const used = fresh();
      if (used !== undefined && time() >= dueAt(used)) void share('keys', tryToFetch);
      const known = await select(used, header);
      return known ?? findAgain(header);
    },
    async findNewer(header, failed) {
      const found = await findAgain(header);
      if (found.edition !== failed.edition) return found;
      if (hasFailed) throw new JwksUnavailableError(waitSeconds());
      return undefined;
    },
  };
}

/** The same keys again are the same edition, and need not be imported again. */
function renew(before: Fetched | undefined, keySet: JSONWebKeySet, at: number): Fetched {
  const text = JSON.stringify(keySet);
  if (before?.text === text) return { ...before, at };
  return { text, edition: (before?.edition ?? 0) + 1, find: createFindKey(keySet), at };
}

async function askForKeys(
  url: string,
  fetch: AuthServices['fetch'],
  signal: AbortSignal,
): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new InvalidJwksError(`The key set was answered with ${response.status}.`);
  }
  return parseJwks(await response.text());
}

/** Bits of the modulus that RSA needs; shorter ones have been broken. */
const SHORTEST_RSA_BITS = 2_048;

/** An answer that is no set of keys. */
class InvalidJwksError extends Error {
  override readonly name = 'InvalidJwksError';
}

const KEY_SET = v.object({ keys: v.array(v.unknown()) });

/**
 * Reads an issuer's keys. Left out is what could open a door: symmetric keys, which everyone who reads the set has, private
 * ones, and short RSA.
 *
 * @throws {InvalidJwksError} for what is no set of keys, and for a set without a usable one.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
export function parseJwks(text: string): JSONWebKeySet {
  const keySet = v.safeParse(KEY_SET, tryParseJson(text));
  if (!keySet.success) throw new InvalidJwksError('The answer is no key set.');
  const keys = keySet.output.keys.filter(isUsable);
  if (keys.length === 0) throw new InvalidJwksError('The key set has no usable key.');
  return { keys };
}

/** A member that is not an object is left out like a key of an unknown kind (RFC 7517, section 5). */
function isUsable(member: unknown): member is JWK & { readonly kty: string } {
  if (typeof member !== 'object' || member === null) return false;
  const key: Readonly<Record<string, unknown>> = { ...member };
  if (Object.hasOwn(key, 'd') || Object.hasOwn(key, 'k')) return false;
  if (key['kty'] === 'EC' || key['kty'] === 'OKP') return true;
  return key['kty'] === 'RSA' && typeof key['n'] === 'string' && bitsOf(key['n']) >= SHORTEST_RSA_BITS;
}

/** Six bits a character, none of them spent on leading zeros or the last character's filling, as far as matters here. */
function bitsOf(modulus: string): number {
  return Math.floor((modulus.replace(/^A+/, '').length * 6) / 8) * 8;
}

/** A key of a set. */
interface SelectedKey {
  readonly key: CryptoKey;
  /** Whether the `kid` of the token selected it. Without that a bad signature may mean that the issuer has another key by now. */
  readonly isNamed: boolean;
}

/** Finds the key that a token's header names. */
type FindKey = (header: JWTHeaderParameters) => Promise<SelectedKey>;

/**
 * Makes a `FindKey` for an issuer's keys. jose compares `kid` by equality, and so finds nothing for a token with a `kid` in a
 * set whose keys have none. Such a token can mean one key only if the set has exactly one for its algorithm: that one is used
 * if it has no `kid` of its own, and the signature then decides.
 *
 * @returns a function that rejects with `JWKSNoMatchingKey`, or with `JWKSMultipleMatchingKeys` if a token without a `kid` can
 * mean several.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1.4
 */
function createFindKey(keySet: JSONWebKeySet): FindKey {
  const find = createLocalJWKSet(keySet);
  const findNameless = createLocalJWKSet({ keys: keySet.keys.filter(({ kid }) => kid === undefined) });
  return async (header) => {
    try {
      return { key: await find(header), isNamed: header.kid !== undefined };
    } catch (fault) {
      if (!(fault instanceof errors.JWKSNoMatchingKey)) throw fault;
      const { kid: _kid, ...nameless } = header;
      try {
        // Throws if the set has several keys for the algorithm, with names or without.
        await find(nameless);
        return { key: await findNameless(nameless), isNamed: false };
      } catch {
        throw fault;
      }
    }
  };
}
