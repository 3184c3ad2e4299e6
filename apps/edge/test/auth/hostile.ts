import { base64url } from 'jose';
import { expect, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { judge } from './asking.ts';
import {
  API_SECRET,
  CLAIMS,
  handmade,
  jwt,
  JWT_ACCESS,
  makeKey,
  signed,
  signingInput,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  twilioToken,
  type IssuerKey,
  type Payload,
} from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

export const key: IssuerKey = await makeKey('RS256', 'rsa');
/** Of the same name, and not published. */
export const stranger: IssuerKey = await makeKey('RS256', 'rsa');
const published = Response.json({ keys: [key.jwk] });

/** An edge, and what it fetched. */
interface Asked {
  readonly edge: TestEdge;
  readonly fetched: readonly string[];
}

/** An edge for each kind of token. */
export function edges(): readonly [twilio: Asked, jwt: Asked] {
  return [openTo(TWILIO_ACCESS), openTo(JWT_ACCESS)];
}

function openTo(variables: Readonly<Record<string, string>>): Asked {
  const fetched: string[] = [];
  const fetch = async (url: string) => {
    fetched.push(url);
    return published.clone();
  };
  return { edge: createTestEdge(undefined, variables, { fetch }), fetched };
}

/** Neither kind of edge may take it, ask the source, or fetch anything but its own key set. */
export async function refuseEverywhere(token: string, expected = '401 token_invalid'): Promise<void> {
  for (const { edge, fetched } of edges()) {
    expect(await judge(edge, token)).toBe(expected);
    expect(edge.reads).toEqual([]);
    expect(fetched.every((url) => url === JWT_ACCESS['JWT_JWKS_URL'])).toBe(true);
  }
}

/** As jose and Twilio's package make them. */
export const good: string = await jwt(key);
export const goodTwilio: string = twilioToken();

export const RSA_HEADER: object = { alg: 'RS256', kid: 'rsa' };

/** A token by the issuer's key, which jose signs. */
export const signedByRsa = (header: object, payload: Payload = CLAIMS): Promise<string> =>
  signed(key.privateKey, { ...RSA_HEADER, ...header }, payload);

/** A token by the API key's secret, which jose signs. */
export const signedByHmac = (header: object, payload: Payload = TWILIO_CLAIMS): Promise<string> =>
  signed(API_SECRET, { ...TWILIO_HEADER, ...header }, payload);

/** A token of each kind that jose signs, and that differs from a good one in its header or in some claims. */
export function both(header: object, claims: object = {}): Promise<readonly [twilio: string, jwt: string]> {
  return Promise.all([
    signedByHmac(header, { ...TWILIO_CLAIMS, ...claims }),
    signedByRsa(header, { ...CLAIMS, ...claims }),
  ]);
}

/** Those of a header that jose refuses to sign, with signatures of the same keys. */
export async function bothByHand(header: object): Promise<readonly [twilio: string, jwt: string]> {
  await expect(signedByHmac(header)).rejects.toThrow();
  await expect(signedByRsa(header)).rejects.toThrow();
  return [
    handmade({ ...TWILIO_HEADER, ...header }, TWILIO_CLAIMS),
    await rsaByHand({ ...RSA_HEADER, ...header }, CLAIMS),
  ];
}

/** The same as jose makes, of any header. */
export async function rsaByHand(header: object | string, payload: Payload): Promise<string> {
  const input = signingInput(header, payload);
  const bytes = new TextEncoder().encode(input);
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, bytes);
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}
