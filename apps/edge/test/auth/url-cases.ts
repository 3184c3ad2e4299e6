import { signRecordingUrl, signRoomUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createMediaUrlSigner } from '../../src/media/media-url.ts';
import { createInProcessEdge, type InProcessEdge } from '../support/in-process-edge.ts';
import { parseTarget, PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import { statusAndCode } from './runtime-cases.ts';

/** The result of a request for media that access is granted to: these edges have no storage of media. */
export const MEDIA_GRANTED = '404 media_unavailable';

/** Requests a path. Returns `200`, or the status and the error code. */
export async function accessTo(
  edge: Pick<InProcessEdge, 'request'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  return statusAndCode(await edge.request(path, { headers }));
}

const ROOM = `/v1/Rooms/${ROOM_SID}`;
const [LIST, TIMELINE, MEDIA] = [`${ROOM}/Recordings`, `${ROOM}/Timeline`, `${PATH}/Media`];
const SECONDS = NOW / 1000;
const KEY = { id: 'march', secret: 'a secret of March of 32 bytes in all' };
const OLD_KEY = { id: 'april', secret: 'a secret of April of 32 bytes in all' };
const INVALID = '403 signature_invalid';
const EXPIRED = '403 url_expired';

/** The queries of signed URLs. */
async function createSignedQueries() {
  const signRoom = async (expiresIn: number, key = KEY, now = NOW) =>
    new URL(await signRoomUrl(PUBLIC_URL + ROOM, { keys: [key], expiresIn, now })).search;
  const recordingUrl = await signRecordingUrl(PUBLIC_URL + PATH, { keys: [KEY], expiresIn: 60, now: NOW });
  const sign = createMediaUrlSigner(async () => [KEY]);
  const target = parseTarget(MEDIA);
  if (target.kind !== 'media') throw new Error('The path is not that of media.');
  const parts = { id: target.id, publicUrl: PUBLIC_URL, client: 'token 1abc', expires: SECONDS + 60 };
  const signMedia = async (changes: object = {}) => new URL(await sign({ ...parts, ...changes })).search;
  return {
    byRoom: await signRoom(60),
    byRoomExpired: await signRoom(1, KEY, NOW - 1000),
    byOldKey: await signRoom(60, OLD_KEY),
    byRecording: new URL(recordingUrl).search,
    byMedia: await signMedia(),
    byMediaOriginal: await signMedia({ format: 'original' }),
    byMediaExpired: await signMedia({ expires: SECONDS }),
    byMediaTooLong: await signMedia({ expires: SECONDS + 86_461 }),
  };
}

type SignedQueries = Awaited<ReturnType<typeof createSignedQueries>>;

/** Signed URLs, and the responses that they get with ACCESS=signed-url. */
const URL_CASES: readonly {
  readonly name: string;
  readonly url: (queries: SignedQueries) => string;
  readonly expected: string;
}[] = [
  { name: 'room: list', url: ({ byRoom }) => LIST + byRoom, expected: '200' },
  { name: 'room: page', url: ({ byRoom }) => `${LIST}${byRoom}&PageSize=5`, expected: '200' },
  { name: 'room: timeline', url: ({ byRoom }) => TIMELINE + byRoom, expected: '200' },
  { name: 'room: recording', url: ({ byRoom }) => PATH + byRoom, expected: '200' },
  { name: 'room: format', url: ({ byRoom }) => `${MEDIA}${byRoom}&format=original`, expected: MEDIA_GRANTED },
  { name: 'room: parameter', url: ({ byRoom }) => `${LIST}${byRoom}&cb=1`, expected: INVALID },
  { name: 'room: other room', url: ({ byRoom }) => LIST.replace('RMa', 'RMb') + byRoom, expected: INVALID },
  { name: 'room: upper case', url: ({ byRoom }) => LIST.replace('RMa', 'RMA') + byRoom, expected: INVALID },
  { name: 'room: expiry', url: ({ byRoom }) => LIST + byRoom.replace('s=17', 's=18'), expected: INVALID },
  { name: 'room: expired', url: ({ byRoomExpired }) => TIMELINE + byRoomExpired, expected: EXPIRED },
  { name: 'room: removed key', url: ({ byOldKey }) => LIST + byOldKey, expected: INVALID },
  { name: 'recording: media', url: ({ byRecording }) => MEDIA + byRecording, expected: MEDIA_GRANTED },
  { name: 'recording: list', url: ({ byRecording }) => LIST + byRecording, expected: INVALID },
  { name: 'recording: timeline', url: ({ byRecording }) => TIMELINE + byRecording, expected: INVALID },
  {
    name: 'recording: media of another recording',
    url: ({ byRecording }) => MEDIA.replace('RTa', 'RTb') + byRecording,
    expected: INVALID,
  },
  { name: 'media: itself', url: ({ byMedia }) => MEDIA + byMedia, expected: MEDIA_GRANTED },
  { name: 'media: format', url: ({ byMediaOriginal }) => MEDIA + byMediaOriginal, expected: MEDIA_GRANTED },
  { name: 'media: other format', url: ({ byMedia }) => `${MEDIA}${byMedia}&format=x`, expected: INVALID },
  {
    name: 'media: other client',
    url: ({ byMedia }) => MEDIA + byMedia.replace('1abc', '2'),
    expected: INVALID,
  },
  { name: 'media: parameter', url: ({ byMedia }) => `${MEDIA}${byMedia}&cb=1`, expected: INVALID },
  { name: 'media: recording', url: ({ byMedia }) => PATH + byMedia, expected: INVALID },
  { name: 'media: list', url: ({ byMedia }) => LIST + byMedia, expected: INVALID },
  { name: 'media: timeline', url: ({ byMedia }) => TIMELINE + byMedia, expected: INVALID },
  { name: 'media: expired', url: ({ byMediaExpired }) => MEDIA + byMediaExpired, expected: EXPIRED },
  { name: 'media: too long', url: ({ byMediaTooLong }) => MEDIA + byMediaTooLong, expected: INVALID },
];

/** Requests each URL twice from an edge of this runtime. Returns the results by name. */
export async function runUrlCases(): Promise<Readonly<Record<string, string>>> {
  const queries = await createSignedQueries();
  const edge = createInProcessEdge({
    variables: { ACCESS: 'signed-url', URL_SIGNING_KEYS: `${KEY.id}:${KEY.secret}` },
  });
  const results: Record<string, string> = {};
  for (const { name, url } of URL_CASES) {
    const path = url(queries);
    // The second decision comes from a cache.
    const decisions = [await accessTo(edge, path), await accessTo(edge, path)];
    results[name] = [...new Set(decisions)].join(', then ');
  }
  return results;
}

/** The results of `runUrlCases()` on every runtime. */
export const EXPECTED_URL_RESULTS: Readonly<Record<string, string>> = Object.fromEntries(
  URL_CASES.map(({ name, expected }) => [name, expected]),
);
