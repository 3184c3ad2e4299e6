import type { JSONWebKeySet, JWK } from 'jose';
import * as v from 'valibot';
import { tryParseJson } from './json.ts';

/** Bits of the modulus that RSA needs; shorter ones have been broken. */
const SHORTEST_RSA_BITS = 2_048;

/** An answer that is no set of keys. */
export class InvalidJwksError extends Error {
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
