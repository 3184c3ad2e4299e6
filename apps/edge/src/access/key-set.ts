import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose';
import { describeFault } from '../fault.ts';
import { limitTransfer } from '../upstream/limits.ts';
import { NoKeySet, readKeySet } from './key-set-document.ts';
import type { AccessOutside } from './outside.ts';
import { shareCalls } from './shared-call.ts';

/** The same that jose has for its own remote set, in milliseconds. */
const TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;
/** Keys are used for so long; a key that the issuer took away opens nothing after it. Milliseconds. */
const MAX_AGE_MS = 600_000;

/** No key could be had, so nothing can be told of a token; `retryAfter` is seconds. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('The key set cannot be had.');
    this.retryAfter = retryAfter;
  }
}

/** A key, and until when it may be used without being asked for again, in milliseconds since 1970. */
interface FoundKey {
  readonly key: CryptoKey;
  readonly until: number;
}

/** Finds the key that a token names; `KeysUnavailable` or an error of jose's where there is none. */
export type FindKey = (header: JWTHeaderParameters) => Promise<FoundKey>;

/** The keys of one answer, and when it came. */
interface Fetched {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly at: number;
}

/**
 * An issuer's keys: fetched when they are needed, used for ten minutes, and asked for again before that where a token names a
 * key that is not among them. jose's own remote set has a clock and timers of its own, follows what it is told, and asks again
 * for each token while the issuer is down; here every try, good or bad, is followed by the cooldown.
 */
export function keySetOf(url: string, outside: AccessOutside): FindKey {
  const { now, delay, report } = outside;
  const fetch = limitTransfer(outside.fetch, delay);
  const share = shareCalls<void>(TIMEOUT_MS, outside);
  let fetched: Fetched | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  async function tryToFetch(signal: AbortSignal): Promise<void> {
    if (now() - triedAt < COOLDOWN_MS) return;
    triedAt = now();
    // Until the contrary is shown, since whoever waits for it may be gone before it ends.
    hasFailed = true;
    try {
      const find = createLocalJWKSet(await askForKeys(url, fetch, signal));
      fetched = { find, at: now() };
      hasFailed = false;
    } catch (fault) {
      report({
        level: 'error',
        time: new Date(now()).toISOString(),
        access: 'jwt',
        ...describeFault(fault),
      });
    }
  }

  const fresh = () => (fetched !== undefined && now() - fetched.at < MAX_AGE_MS ? fetched : undefined);
  const waitSeconds = () => Math.max(0, triedAt + COOLDOWN_MS - now()) / 1000;

  return async (header) => {
    const known = await select(fresh(), header);
    if (known !== undefined) return known;
    await share('keys', tryToFetch);
    const keys = fresh();
    const found = await select(keys, header);
    if (found !== undefined) return found;
    if (keys === undefined || hasFailed) throw new KeysUnavailable(waitSeconds());
    throw new errors.JWKSNoMatchingKey();
  };
}

async function select(keys: Fetched | undefined, header: JWTHeaderParameters): Promise<FoundKey | undefined> {
  if (keys === undefined) return undefined;
  try {
    return { key: await keys.find(header), until: keys.at + MAX_AGE_MS };
  } catch (fault) {
    if (fault instanceof errors.JWKSNoMatchingKey) return undefined;
    throw fault;
  }
}

async function askForKeys(
  url: string,
  fetch: AccessOutside['fetch'],
  signal: AbortSignal,
): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new NoKeySet(`The key set was answered with ${response.status}.`);
  }
  return readKeySet(await response.text());
}
