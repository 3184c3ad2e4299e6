import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose';

/** A key of a set. */
export interface SelectedKey {
  readonly key: CryptoKey;
  /** Whether the `kid` of the token selected it. Without that a bad signature may mean that the issuer has another key by now. */
  readonly isNamed: boolean;
}

/** Finds the key that a token's header names. */
export type FindKey = (header: JWTHeaderParameters) => Promise<SelectedKey>;

/**
 * Makes a `FindKey` for an issuer's keys. jose compares `kid` by equality, and so finds nothing for a token with a `kid` in a
 * set whose keys have none. Such a token can mean one key only if the set has exactly one for its algorithm: that one is used
 * if it has no `kid` of its own, and the signature then decides.
 *
 * @returns a function that rejects with `JWKSNoMatchingKey`, or with `JWKSMultipleMatchingKeys` if a token without a `kid` can
 * mean several.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1.4
 */
export function createFindKey(keySet: JSONWebKeySet): FindKey {
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
