import { signRecordingUrl, signRoomUrl, type SigningKey } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { constantFrom, integer, tuple, type Arbitrary } from 'fast-check';
import { createMediaUrlSigner } from '../../src/media/media-url.ts';
import { parseTarget, PATH, PUBLIC_URL, ROOM_SID, SID } from '../support/recording.ts';

/** The path of a signature, and the signed query. */
export interface UrlSignature {
  readonly path: string;
  readonly search: string;
}

const ROOM = `/v1/Rooms/${ROOM_SID}`;
const EXPIRES_IN = 3600;

/** Signs the recording of `PATH`, its room, its list with a filter, and its media in two formats. */
export async function createUrlSignatures(keys: readonly SigningKey[]): Promise<readonly UrlSignature[]> {
  const media = parseTarget(`${PATH}/Media`);
  if (media.kind !== 'media') throw new Error('The path is not that of media.');
  const options = { keys, expiresIn: EXPIRES_IN, now: NOW };
  const signMedia = createMediaUrlSigner(async () => keys);
  const expires = NOW / 1000 + EXPIRES_IN;
  const parts = { id: media.id, publicUrl: PUBLIC_URL, client: 'token 1', expires };
  const urls = [
    await signRecordingUrl(PUBLIC_URL + PATH, options),
    await signRoomUrl(PUBLIC_URL + ROOM, options),
    await signRecordingUrl(`${PUBLIC_URL}${ROOM}/Recordings?PageSize=5`, options),
    await signMedia(parts),
    await signMedia({ ...parts, format: 'original' }),
  ];
  return urls.map((url) => ({ path: new URL(url).pathname, search: new URL(url).search }));
}

/** A path, the index of a signature, and members that follow its query. */
type SignedTarget = readonly [path: string, signature: number, members: string];

const OTHER_SID = `RT${'b'.repeat(32)}`;

export const signedTarget: Arbitrary<SignedTarget> = tuple(
  constantFrom('/Recordings', '/Timeline', `/Recordings/${SID}`, `/Recordings/${SID}/Media`)
    .chain((path) => constantFrom(path, path, path, path.replace(SID, OTHER_SID)))
    .map((path) => ROOM + path)
    .chain((path) => constantFrom(path, path, path, path.replace('RMa', 'RMb'), path.replace('RMa', 'RMA'))),
  integer({ min: 0, max: 4 }),
  constantFrom(
    '',
    '',
    '',
    '&format=matroska',
    '&PageSize=5',
    '&Status=completed',
    '&cb=1',
    '&client=token+1',
    '&',
  ),
);

/** Builds the path and the query of a target. */
export function toUrl([path, nth, members]: SignedTarget, signatures: readonly UrlSignature[]): string {
  return `${path}${signatures[nth]?.search ?? ''}${members}`;
}

const RESOURCE =
  /^\/v1\/Rooms\/RM[0-9a-fA-F]{32}\/(?:Timeline|Recordings(?:\/RT[0-9a-fA-F]{32}(?:\/Media)?)?)$/;

/** Returns whether a path and query names a resource of a room, by the URL parser of the platform. */
export function isResource(url: string): boolean {
  return !/[\\#\s\p{Cc}]/u.test(url) && RESOURCE.test(new URL(PUBLIC_URL + url).pathname);
}

const ROUTE_PARAMETERS: Readonly<Record<string, RegExp>> = {
  Media: /^format(?:=|$)/,
  Recordings: /^(?:Status|SourceSid|DateCreatedAfter|DateCreatedBefore|PageSize|Page|PageToken)(?:=|$)/,
};

/** A second implementation of the rules for signed URLs, which compares texts and computes no signature. */
export function mayOpen(url: string, signatures: readonly UrlSignature[]): boolean {
  if (!isResource(url)) return false;
  const { pathname, search } = new URL(PUBLIC_URL + url);
  const members = search.slice(1).split('&');
  return signatures.some((signed) => {
    const own = signed.search.slice(1).split('&');
    if (signed.path === pathname) return members.toSorted().join('&') === own.toSorted().join('&');
    // A query with a parameter of its own opens no other path.
    const isAbove = pathname.startsWith(`${signed.path}/`) && own.length === 3;
    if (!isAbove || !own.every((member) => members.includes(member))) return false;
    const added = [...members];
    for (const member of own) added.splice(added.indexOf(member), 1);
    const allowed = ROUTE_PARAMETERS[pathname.split('/').at(-1) ?? ''];
    return added.every((member) => allowed?.test(member) ?? false);
  });
}
