import { NOW } from '@room-recordings/testing/fake-clock';
import { base64url } from 'jose';
import { expect, vi } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import {
  API_SECRET,
  CLAIMS,
  signHmacWithoutJose,
  signJwt,
  JWT_ACCESS,
  createIssuerKey,
  signCompact,
  signingInput,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  createTwilioToken,
  type IssuerKey,
  type Payload,
} from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

/** The key of the issuer. */
export const key: IssuerKey = await createIssuerKey('RS256', 'rsa');
/** A key with the same kid, which the issuer does not publish. */
export const unpublishedKey: IssuerKey = await createIssuerKey('RS256', 'rsa');
const jwks = Response.json({ keys: [key.jwk] });

/** An edge for one kind of token. */
interface TokenEdge {
  readonly edge: TestEdge;
  /** The URLs that the edge has fetched. */
  readonly fetchedUrls: readonly string[];
}

/** Creates an edge for each kind of token. */
export function createTokenEdges(): readonly [twilio: TokenEdge, jwt: TokenEdge] {
  return [createTokenEdge(TWILIO_ACCESS), createTokenEdge(JWT_ACCESS)];
}

function createTokenEdge(variables: Readonly<Record<string, string>>): TokenEdge {
  const fetchedUrls: string[] = [];
  const fetch = async (url: string) => {
    fetchedUrls.push(url);
    return jwks.clone();
  };
  return { edge: createTestEdge(undefined, variables, { fetch }), fetchedUrls };
}

/** Expects that both edges reject a token, without a read of the source or a fetch of anything but the JWKS. */
export async function expectRejected(token: string, expected = '401 token_invalid'): Promise<void> {
  for (const { edge, fetchedUrls } of createTokenEdges()) {
    expect(await tokenStatus(edge, token)).toBe(expected);
    expect(edge.reads).toEqual([]);
    expect(fetchedUrls.every((url) => url === JWT_ACCESS['JWT_JWKS_URL'])).toBe(true);
  }
}

/** A valid token of jose. */
export const validJwt: string = await signJwt(key);
/** A valid token of Twilio's package. */
export const validTwilioToken: string = createTwilioToken();

export const RSA_HEADER: object = { alg: 'RS256', kid: 'rsa' };

/** Signs a token with the key of the issuer by jose. */
export const signWithRsa = (header: object, payload: Payload = CLAIMS): Promise<string> =>
  signCompact(key.privateKey, { ...RSA_HEADER, ...header }, payload);

/** Signs a token with the secret of the API key by jose. */
export const signWithHmac = (header: object, payload: Payload = TWILIO_CLAIMS): Promise<string> =>
  signCompact(API_SECRET, { ...TWILIO_HEADER, ...header }, payload);

/** Signs a token of each kind by jose. The header and the claims replace those of a valid token. */
export function signBoth(
  header: object,
  claims: object = {},
): Promise<readonly [twilio: string, jwt: string]> {
  return Promise.all([
    signWithHmac(header, { ...TWILIO_CLAIMS, ...claims }),
    signWithRsa(header, { ...CLAIMS, ...claims }),
  ]);
}

/** Signs a token of each kind without jose, after it has checked that jose rejects the header. */
export async function signBothWithoutJose(header: object): Promise<readonly [twilio: string, jwt: string]> {
  await expect(signWithHmac(header)).rejects.toThrow();
  await expect(signWithRsa(header)).rejects.toThrow();
  return [
    signHmacWithoutJose({ ...TWILIO_HEADER, ...header }, TWILIO_CLAIMS),
    await signRsaWithoutJose({ ...RSA_HEADER, ...header }, CLAIMS),
  ];
}

/** Signs a token with any header by the key of the issuer, as jose would do. */
export async function signRsaWithoutJose(header: object | string, payload: Payload): Promise<string> {
  const input = signingInput(header, payload);
  const bytes = new TextEncoder().encode(input);
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, bytes);
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}
