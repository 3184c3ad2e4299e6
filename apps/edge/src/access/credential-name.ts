import { fingerprint } from '../fingerprint.ts';

/**
 * Names a token, so that calls can be counted for it. Its signature plays no part, because one token may have several: ECDSA allows
 * anyone to make a second one.
 */
export function tokenFingerprint(token: string): string {
  return `token ${fingerprint(token.slice(0, token.lastIndexOf('.')))}`;
}

/** Names a signed URL by its signature: what else is in the URL may be spelled in many ways. */
export function signedUrlFingerprint(url: string): string {
  const signature = new URL(url).searchParams.get('signature') ?? '';
  return `url ${fingerprint(signature)}`;
}
