import { base64url } from 'jose';
import { expect } from 'vitest';
import { edgeWith, type TestEdge } from '../edge.ts';
import { judge } from './asking.ts';
import {
  CLAIMS,
  handmade,
  jwt,
  JWT_ACCESS,
  makeKey,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  type IssuerKey,
} from './tokens.ts';

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
  return { edge: edgeWith(undefined, variables, { fetch }), fetched };
}

/** Neither kind of edge may take it, ask the source, or fetch anything but its own key set. */
export async function refuseEverywhere(token: string, expected = '401 token_invalid'): Promise<void> {
  for (const { edge, fetched } of edges()) {
    expect(await judge(edge, token)).toBe(expected);
    expect(edge.reads).toEqual([]);
    expect(fetched.every((url) => url === JWT_ACCESS['JWT_JWKS_URL'])).toBe(true);
  }
}

export const good: string = await jwt(key);
export const goodTwilio: string = handmade(TWILIO_HEADER, TWILIO_CLAIMS);

export const encode = (value: object): string => base64url.encode(JSON.stringify(value));

/** The same, signed by hand, for headers that jose would not sign. */
export async function rsaByHand(header: object, payload: Uint8Array | object = CLAIMS): Promise<string> {
  const body = payload instanceof Uint8Array ? base64url.encode(payload) : encode(payload);
  const signed = `${encode({ alg: 'RS256', kid: 'rsa', ...header })}.${body}`;
  const bytes = new TextEncoder().encode(signed);
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, bytes);
  return `${signed}.${base64url.encode(new Uint8Array(signature))}`;
}

/** A token of each kind that differs from a good one in its header or in some claims. */
export async function both(
  header: object,
  claims: object = {},
): Promise<readonly [twilio: string, jwt: string]> {
  return [
    handmade({ ...TWILIO_HEADER, ...header }, { ...TWILIO_CLAIMS, ...claims }),
    await rsaByHand(header, { ...CLAIMS, ...claims }),
  ];
}
