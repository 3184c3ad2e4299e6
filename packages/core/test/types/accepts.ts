// Compiled and never run: all of this must compile against the built package.
import {
  InvalidArgumentError,
  RecordingsError,
  type RoomRecordingsError,
  basicAuth,
  bearerAuth,
  createRecordingsClient,
  isRecordingSid,
  isRoomSid,
  type parseRoomRecording,
  parseRecordingResponse,
  type roomRecordingSchema,
  safeParseRoomRecording,
  type RecordingRef,
  type FetchedResponse,
  type FetchInit,
  type FetchLike,
  type IdentifiedRecording,
  type ParseResult,
  type RecordingCodec,
  type RecordingContainer,
  type RecordingIssue,
  type RecordingSid,
  type RecordingStatus,
  type RecordingType,
  type RecordingsAuth,
  type RecordingsClient,
  type RecordingsClientOptions,
  type RecordingsErrorCode,
  type RequestCacheMode,
  type RoomRecording,
  type RoomSid,
} from '@room-recordings/core';
import {
  type InvalidArgumentError as InvalidSigningArgumentError,
  type RoomRecordingsError as SigningError,
  UrlSignatureError,
  type parseSigningKeys,
  signRecordingUrl,
  signRoomUrl,
  verifyUrl,
  type VerifiedUrl,
  type SigningKey,
  type SignUrlOptions,
  type UrlSignatureErrorCode,
  type VerifyUrlOptions,
} from '@room-recordings/core/signing';
import { holds, type IsSame } from './shape.ts';

declare const response: FetchedResponse;
declare const signal: AbortSignal;
declare const given: unknown;
declare const text: string;

// A guard narrows a value to a SID, which is still a string.
if (isRoomSid(given) && isRecordingSid(text)) {
  const requested: RecordingRef = { roomSid: given, sid: text };
  const { roomSid, sid }: { roomSid: RoomSid; sid: RecordingSid } = requested;
  const texts: string[] = [roomSid, sid, roomSid.toLowerCase()];
  void texts;
  void parseRecordingResponse(response, requested);
  void parseRecordingResponse(response, requested, 0);
}
// Plain strings are accepted, and validated before anything is sent or parsed.
void parseRecordingResponse(response, { roomSid: text, sid: text });

// The return types, exactly.
holds<IsSame<ReturnType<typeof parseRoomRecording>, RoomRecording>>();
holds<IsSame<ReturnType<typeof safeParseRoomRecording>, ParseResult>>();
holds<IsSame<ReturnType<typeof parseRecordingResponse>, Promise<IdentifiedRecording>>>();
holds<IsSame<ReturnType<typeof createRecordingsClient>, RecordingsClient>>();
holds<IsSame<ReturnType<RecordingsClient['fetch']>, Promise<IdentifiedRecording>>>();
holds<IsSame<ReturnType<typeof basicAuth>, () => string>>();
holds<IsSame<ReturnType<typeof bearerAuth>, () => string>>();
holds<IsSame<ReturnType<RecordingsAuth>, string | Promise<string>>>();

// Parsers and guards accept any value.
holds<IsSame<Parameters<typeof parseRoomRecording>, [value: unknown]>>();
holds<IsSame<Parameters<typeof isRoomSid>, [value: unknown]>>();

// The resource: 17 attributes, the four enums never null, all of it readonly.
holds<
  IsSame<
    RoomRecording,
    {
      readonly account_sid: string | null;
      readonly status: RecordingStatus;
      readonly date_created: string | null;
      readonly sid: RecordingSid | null;
      readonly source_sid: string | null;
      readonly size: number | null;
      readonly url: string | null;
      readonly type: RecordingType;
      readonly duration: number | null;
      readonly container_format: RecordingContainer;
      readonly codec: RecordingCodec;
      readonly grouping_sids: Readonly<Record<string, string>> | null;
      readonly track_name: string | null;
      readonly offset: number | null;
      readonly media_external_location: string | null;
      readonly room_sid: RoomSid | null;
      readonly links: { readonly media: string } | null;
    }
  >
>();

// A recording of `fetch()` has both SIDs, and is a `RoomRecording`.
holds<IsSame<IdentifiedRecording['sid'], RecordingSid>>();
holds<IsSame<IdentifiedRecording['room_sid'], RoomSid>>();
holds<IsSame<Omit<IdentifiedRecording, 'sid' | 'room_sid'>, Omit<RoomRecording, 'sid' | 'room_sid'>>>();

/** Uses the attributes of a recording. */
export async function read(client: RecordingsClient): Promise<readonly string[]> {
  const recording = await client.fetch(text, text, { signal });
  const asWell: RoomRecording = recording;
  return [recording.sid.slice(2), recording.room_sid, asWell.links?.media ?? '', asWell.codec];
}

// Each switch covers a closed union: a new member is a type error.
/** Covers each status. */
export function describeStatus(status: RecordingStatus): string {
  switch (status) {
    case 'processing':
    case 'completed':
    case 'deleted':
    case 'failed':
      return status;
    default:
      return status satisfies never;
  }
}

/** Covers each type, container and codec. */
export function describeMedia({ type, container_format, codec }: RoomRecording): readonly string[] {
  const types: Record<RecordingType, string> = { audio: 'heard', video: 'seen', data: 'sent' };
  const containers: Record<RecordingContainer, string> = { mka: 'audio', mkv: 'video' };
  const codecs: Record<RecordingCodec, string> = { VP8: 'VP8', H264: 'H.264', OPUS: 'Opus', PCMU: 'G.711' };
  return [types[type], containers[container_format], codecs[codec]];
}

/** Covers each error code. */
export function describeError({ code }: RecordingsError): string {
  switch (code) {
    case 'invalid_sid':
    case 'invalid_request':
    case 'auth_failed':
    case 'mismatch':
    case 'invalid_response':
      return 'mend';
    case 'not_found':
    case 'deleted':
    case 'failed':
    case 'unauthorized':
    case 'forbidden':
      return 'give up';
    case 'rate_limited':
    case 'timeout':
    case 'network':
    case 'upstream':
      return 'try later';
    case 'aborted':
      return 'nothing';
    default:
      return code satisfies never;
  }
}

/** Narrows a result by `success`. */
export function narrowResult(value: unknown): RoomRecording | readonly RecordingIssue[] {
  const result = safeParseRoomRecording(value);
  return result.success ? result.recording : result.issues;
}

// An error is an Error with details.
const error = new RecordingsError('deleted', 'Gone.', { status: 410, requestId: 'RQ1', cause: given });
holds<IsSame<typeof error.code, RecordingsErrorCode>>();
holds<IsSame<typeof error.status, number | undefined>>();
holds<IsSame<typeof error.retryAfter, number | undefined>>();
holds<IsSame<typeof error.requestId, string | undefined>>();
holds<IsSame<typeof error.issues, readonly RecordingIssue[]>>();
holds<IsSame<typeof error.edgeCode, string | undefined>>();
holds<IsSame<typeof error.cause, unknown>>();
const plain: Error = error;
const base: RoomRecordingsError = error;
void [plain, base.code.length];

// A client with all options and without options. A `fetch` with another response type, such as that of node-fetch, does not need a cast.
const send: FetchLike = async (url: string, init: FetchInit) => {
  void [url, init.signal.aborted, init.headers['Accept']];
  const fetched: FetchedResponse = { status: 200, headers: { get: () => null }, text: async () => '' };
  return fetched;
};
const options: Required<RecordingsClientOptions> = {
  baseUrl: 'http://edge.internal',
  allowInsecureHttp: true,
  auth: basicAuth('SK', 'secret'),
  fetch: send,
  cache: 'no-store',
  timeoutMs: 1000,
  retries: 0,
};
void createRecordingsClient(options);
holds<IsSame<RequestCacheMode, 'default' | 'force-cache' | 'no-cache' | 'no-store' | 'reload'>>();

// An option may be undefined, under exactOptionalPropertyTypes too.
const unset: RecordingsClientOptions = {
  baseUrl: undefined,
  allowInsecureHttp: undefined,
  auth: undefined,
  fetch: undefined,
  cache: undefined,
  timeoutMs: undefined,
  retries: undefined,
};
void createRecordingsClient(unset).fetch(text, text, { signal: undefined });
void createRecordingsClient({ auth: bearerAuth('token') });
void createRecordingsClient({ auth: () => 'Bearer token' });
void createRecordingsClient({ auth: async () => 'Bearer token' });
void createRecordingsClient();

// Standard Schema: a library that supports it can infer both types.
type Standard = NonNullable<(typeof roomRecordingSchema)['~standard']['types']>;
holds<IsSame<Standard['input'], unknown>>();
holds<IsSame<Standard['output'], RoomRecording>>();
holds<IsSame<(typeof roomRecordingSchema)['~standard']['version'], 1>>();

// Signing is a separate entry, without globals of a browser.
holds<IsSame<ReturnType<typeof parseSigningKeys>, readonly SigningKey[]>>();
holds<IsSame<ReturnType<typeof signRecordingUrl>, Promise<string>>>();
holds<IsSame<ReturnType<typeof verifyUrl>, Promise<VerifiedUrl>>>();
const keys: readonly SigningKey[] = [{ id: 'march', secret: text }];
const signing: Required<SignUrlOptions> = { keys, expiresIn: 600, now: 0 };
const verifying: Required<VerifyUrlOptions> = { keys, now: 0 };
void signRecordingUrl(text, signing);
void signRecordingUrl(text, { keys, expiresIn: 600 });
void signRecordingUrl(text, { keys, expiresIn: 600, now: undefined });
void verifyUrl(text, { keys, now: undefined });
void signRoomUrl(text, signing).then((signed: string) => signed);
void verifyUrl(text, verifying).then((verified: VerifiedUrl) => verified);
holds<IsSame<VerifiedUrl, { readonly kid: string; readonly expires: number; readonly path: string }>>();
const unsigned = new UrlSignatureError('url_expired');
holds<IsSame<typeof unsigned.code, UrlSignatureErrorCode>>();
const invalid = new InvalidArgumentError('No.');
holds<IsSame<typeof invalid.code, 'invalid_argument'>>();
// Both entries export the same classes.
holds<IsSame<SigningError, RoomRecordingsError>>();
holds<IsSame<InvalidSigningArgumentError, InvalidArgumentError>>();
const bases: readonly SigningError[] = [unsigned, invalid, error];
void bases;
