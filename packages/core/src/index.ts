export { basicAuth, bearerAuth, type RecordingsAuth } from './http/auth.ts';
export { createRecordingsClient, type RecordingsClient } from './client.ts';
export {
  InvalidArgumentError,
  RecordingsError,
  RoomRecordingsError,
  type RecordingIssue,
  type RecordingsErrorCode,
  type RecordingsErrorDetails,
} from './errors.ts';
export type {
  FetchedResponse,
  FetchInit,
  FetchLike,
  PlatformResponse,
  RequestCacheMode,
} from './http/fetch.ts';
export { codeForStatus } from './http/json-response.ts';
export type { ReadOptions, RecordingsClientOptions } from './http/requester.ts';
export type { MediaOptions } from './media.ts';
export type { RecordingListQuery, RecordingPageQuery } from './recording/list.ts';
export { parseRetryAfter, RETRYABLE_STATUSES } from './http/retry.ts';
export { parseRoomRecording, safeParseRoomRecording, type ParseResult } from './recording/parse.ts';
export { roomRecordingSchema } from './recording/schema.ts';
export {
  isRecordingSid,
  isRoomSid,
  type RecordingRef,
  type RecordingSid,
  type RoomSid,
} from './recording/sid.ts';
export type {
  IdentifiedRecording,
  RecordingCodec,
  RecordingContainer,
  RecordingStatus,
  RecordingType,
  RoomRecording,
} from './recording/types.ts';
export {
  parseRecordingPage,
  type InvalidRecording,
  type RecordingPage,
  type RecordingPageMeta,
} from './recording/page.ts';
export { parseRecordingResponse } from './response.ts';
export {
  timelineSchema,
  type Timeline,
  type TimelineReason,
  type TimelineSource,
  type TimelineTrack,
} from './timeline.ts';
export type { WaitOptions } from './wait-until-ready.ts';
