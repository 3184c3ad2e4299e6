// Compiled and never run: pages, timelines and media must compile against the built package.
import {
  createRecordingsClient,
  parseRecordingPage,
  type FetchedResponse,
  type FetchInit,
  type IdentifiedRecording,
  type InvalidRecording,
  type MediaOptions,
  type PlatformResponse,
  type ReadOptions,
  type RecordingListQuery,
  type RecordingPage,
  type RecordingPageMeta,
  type RecordingPageQuery,
  type RecordingsClient,
  type Timeline,
  type TimelineReason,
  type timelineSchema,
  type TimelineSource,
  type TimelineTrack,
  type WaitOptions,
} from '@room-recordings/core';
import { holds, type IsSame } from './shape.ts';

declare const response: FetchedResponse;
declare const text: string;

// The return types, exactly.
holds<IsSame<ReturnType<RecordingsClient['page']>, Promise<RecordingPage>>>();
holds<IsSame<ReturnType<RecordingsClient['list']>, AsyncIterableIterator<IdentifiedRecording>>>();
holds<IsSame<ReturnType<RecordingsClient['timeline']>, Promise<Timeline>>>();
holds<IsSame<ReturnType<RecordingsClient['media']>, Promise<FetchedResponse>>>();
holds<IsSame<ReturnType<RecordingsClient['waitUntilReady']>, Promise<IdentifiedRecording>>>();
holds<IsSame<ReturnType<typeof parseRecordingPage>, RecordingPage>>();

// A page and a list have Twilio's filters, a position and a limit.
declare const readOptions: ReadOptions;
const pageQuery: Required<RecordingPageQuery> = {
  status: 'completed',
  sourceSid: 'MT1',
  dateCreatedAfter: new Date(0),
  dateCreatedBefore: '2026-01-01T00:00:00Z',
  pageSize: 50,
  pageNumber: 1,
  pageToken: 'PT1',
};
const listQuery: RecordingListQuery = { status: undefined, limit: 5 };
void createRecordingsClient().page(text, pageQuery, readOptions);
void createRecordingsClient().list(text, listQuery, readOptions);
void parseRecordingPage(response, text, { status: 200 });
holds<IsSame<RecordingPage['meta'], RecordingPageMeta>>();
holds<IsSame<NonNullable<RecordingPageMeta['invalid']>, readonly InvalidRecording[]>>();

// The response of media is that of the client's own `fetch`.
const mediaOptions: Required<MediaOptions> = { range: 'bytes=0-', format: 'matroska', signal: undefined };
interface OtherResponse extends FetchedResponse {
  readonly other: true;
}
declare const fetchOther: (url: string, init: FetchInit) => Promise<OtherResponse>;
const other = createRecordingsClient({ fetch: fetchOther });
const platform = createRecordingsClient();
holds<IsSame<typeof other, RecordingsClient<OtherResponse>>>();
holds<IsSame<typeof platform, RecordingsClient<PlatformResponse>>>();
const clients: readonly RecordingsClient[] = [other, platform];
void clients;
void other.media(text, text, mediaOptions).then((media: OtherResponse) => media.other);

// A timeline has its tracks, and each track its sources or a reason.
const waitOptions: WaitOptions = { timeoutMs: 60_000, signal: undefined };
void platform.waitUntilReady(text, text, waitOptions);
void platform.timeline(text, readOptions);
holds<IsSame<Timeline['tracks'], readonly TimelineTrack[]>>();
holds<IsSame<TimelineTrack['sources'], readonly TimelineSource[]>>();
holds<IsSame<TimelineTrack['reason'], TimelineReason | null>>();
holds<IsSame<NonNullable<(typeof timelineSchema)['~standard']['types']>['output'], Timeline>>();
