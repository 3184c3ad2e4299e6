/** The longest that a signed URL may hold, in seconds: a day. */
export const MAX_EXPIRES_IN = 86_400;

/** What a signature covers begins with this, so that the key signs nothing else by chance. */
const PURPOSE = 'room-recordings url 1';

/** The members of a query as they are written, without decoding: another spelling is another member. */
export function splitQuery(search: string): readonly string[] {
  return search.replace(/^\?/, '').split('&');
}

/** The name of a member, as it is written. */
export function parameterName(member: string): string {
  return member.split('=', 1).join('');
}

/**
 * The bytes that a signature covers: purpose, key id, path and all members but the signature, each on a line of its own.
 * No part of a URL holds a line feed, so no two URLs make the same text.
 *
 * Members are sorted by name. Those of one name keep their order, which has a meaning.
 */
export function signingInput(
  kid: string,
  pathname: string,
  members: readonly string[],
): Uint8Array<ArrayBuffer> {
  const covered = members
    .filter((member) => parameterName(member) !== 'signature')
    .toSorted((one, other) => compare(parameterName(one), parameterName(other)));
  // A copy, since not every runtime's types say that the encoder's memory is nobody else's.
  return new Uint8Array(new TextEncoder().encode([PURPOSE, kid, pathname, ...covered].join('\n')));
}

/** By code unit: a locale would sort differently elsewhere. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
