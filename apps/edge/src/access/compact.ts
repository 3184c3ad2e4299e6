import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';

/** Characters: more than any header of a server takes beside the others. */
const LONGEST_TOKEN = 8_192;

const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Whether the bits that a last character has left over are zero, by the length of the last group. */
const ENDS = [/$/, /^$/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/] as const;

/**
 * Members that bring a key of the sender's own or change what the other parts mean: none of them has a place in a token that is
 * checked against keys the operator named.
 */
const UNWELCOME = ['jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'crit'];

/** Members that are text where they are present: who reads a header takes jose's types at their word. */
const TEXTS = ['typ', 'cty', 'alg', 'kid'] as const;

/**
 * Reads the header of a token in compact form, and undefined for what is not exactly one: decoders are lenient about spaces,
 * padding and left-over bits, and one token must have one spelling.
 */
export function parseJwsHeader(token: string): ProtectedHeaderParameters | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const parts = COMPACT.exec(token)?.slice(1) ?? [];
  if (parts.length === 0 || !parts.every(isCanonical)) return undefined;
  try {
    const header = decodeProtectedHeader(token);
    if (UNWELCOME.some((name) => Object.hasOwn(header, name))) return undefined;
    return TEXTS.every((name) => isTextOrAbsent(header[name])) ? header : undefined;
  } catch {
    return undefined;
  }
}

/** Not null either: what is present says something. */
function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isCanonical(part: string): boolean {
  return (ENDS[part.length % 4] ?? /^$/).test(part);
}
