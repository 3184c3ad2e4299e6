import { VECTORS, type Found } from './vectors.ts';

type Otherwise = readonly [tcId: number, finding: readonly [found: Found, why: string]];

/** A token without claims is refused by its form, before its signature is looked at. */
const EMPTY = [259, 264, 268, 272, 320, 325].map((tcId): Otherwise => [tcId, ['bad', 'It has no payload.']]);

/** Where this edge finds otherwise, and why. */
const OTHERWISE: ReadonlyMap<number, Otherwise[1]> = new Map([
  ...EMPTY,
  [346, ['bad', 'The key is for PS256, and the token is signed by PS384 (RFC 7517 §4.4).']],
  [350, ['bad', 'The same key.']],
  [347, ['bad', 'The key is for "ES521", which is no algorithm; that of P-521 is ES512 (RFC 7518 §3.4).']],
  [351, ['bad', 'The same key.']],
  [367, ['good', 'Said to have padding, and to the letter the good token of 357.']],
  [370, ['good', 'Said to have padding, and to the letter the good token of 357.']],
  [372, ['bad', 'There is a "?" in the header, which base64url has not (RFC 7515 §2).']],
  [373, ['bad', 'There is a "?" in the payload.']],
]);

/** What is to be found of each signature, by the number of the test. */
export const EXPECTED: Readonly<Record<string, Found>> = Object.fromEntries(
  VECTORS.map(({ tcId, result }) => [
    tcId,
    OTHERWISE.get(tcId)?.[0] ?? (result === 'valid' ? 'good' : 'bad'),
  ]),
);
