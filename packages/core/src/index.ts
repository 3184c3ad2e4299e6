export { basicAuth, bearerAuth, type RecordingsAuth } from './auth.ts';
export { parseRecordingResponse, type RecordingRef } from './answer.ts';
export {
  createRecordingsClient,
  type FetchFunction,
  type RecordingsClient,
  type RecordingsClientOptions,
} from './client.ts';
export {
  RecordingsError,
  type RecordingIssue,
  type RecordingsErrorCode,
  type RecordingsErrorDetails,
} from './errors.ts';
export type { FetchedResponse, FetchInit, FetchLike } from './fetch.ts';
export { parseRoomRecording, safeParseRoomRecording, type ParseResult } from './parse.ts';
export type {
  IdentifiedRecording,
  RecordingCodec,
  RecordingContainer,
  RecordingStatus,
  RecordingType,
  RoomRecording,
} from './recording.ts';
export { roomRecordingSchema } from './schema.ts';
export type { RequestCacheMode } from './request-cache.ts';
export { isRecordingSid, isRoomSid, type RecordingSid, type RoomSid } from './sid.ts';
