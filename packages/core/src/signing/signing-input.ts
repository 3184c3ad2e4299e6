/** The maximum validity of a signed URL, in seconds: a day. */
export const MAX_EXPIRES_IN = 86_400;

/** The first line of the signed text, so that a signature of another protocol with the same key does not match. */
const PURPOSE = 'room-recordings url 1';

/** Matches the path of the room at the start of a path below it. */
export const ROOM_PATH: RegExp = /^\/v1\/Rooms\/RM[0-9a-fA-F]{32}(?=\/)/;

/** Splits a query into its members. Members are not decoded: another spelling is another member. */
export function splitQuery(search: string): readonly string[] {
  return search.replace(/^\?/, '').split('&');
}

/** Returns the name of a member, not decoded. */
export function parameterName(member: string): string {
  return member.split('=', 1).join('');
}

/**
 * Builds the signed text: purpose, key id, path and all members but the signature, each on a line of its own.
 *
 * A URL does not contain a line feed, so two different URLs never have the same text. Members are sorted by name. Members of
 * the same name keep their order, which has a meaning.
 */
export function signingInput(
  kid: string,
  pathname: string,
  members: readonly string[],
): Uint8Array<ArrayBuffer> {
  const covered = members
    .filter((member) => parameterName(member) !== 'signature')
    .toSorted((one, other) => compare(parameterName(one), parameterName(other)));
  // A copy, because in the types of some runtimes the encoder's memory may be shared.
  return new Uint8Array(new TextEncoder().encode([PURPOSE, kid, pathname, ...covered].join('\n')));
}

/** Compares by code unit: the order of a locale depends on the machine. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
