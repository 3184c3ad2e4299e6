import { base64url, CompactSign, type CompactJWSHeaderParameters, type CryptoKey } from 'jose';

/** The members of a token's header, or of its claims. */
export type Members = Readonly<Record<string, unknown>>;

/** Signs tokens with one key. */
export interface Signer {
  /** As jose makes it; it throws for a header that jose signs for nobody. */
  sign(header: Members, claims: Members): Promise<string>;
  /** The same for any header: by jose as far as jose goes, and by hand from there. */
  signAnyway(header: Members, claims: Members): Promise<string>;
}

/** Makes one. */
export function signerOf(
  key: CryptoKey,
  algorithm: { readonly name: string; readonly hash: string },
): Signer {
  const encode = (text: string) => new TextEncoder().encode(text);

  function sign(header: Members, claims: Members): Promise<string> {
    // Headers are drawn that say what their type does not allow.
    const protectedHeader = header as CompactJWSHeaderParameters;
    return new CompactSign(encode(JSON.stringify(claims))).setProtectedHeader(protectedHeader).sign(key);
  }

  async function signByHand(header: Members, claims: Members): Promise<string> {
    const input = [header, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
    const signature = await crypto.subtle.sign(algorithm, key, encode(input));
    return `${input}.${base64url.encode(new Uint8Array(signature))}`;
  }

  return {
    sign,
    signAnyway: (header, claims) => sign(header, claims).catch(() => signByHand(header, claims)),
  };
}
