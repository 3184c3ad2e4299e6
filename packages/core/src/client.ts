import type { FetchedResponse, FetchInit, FetchLike, PlatformResponse } from './http/fetch.ts';
import { createRequester, type ReadOptions, type RecordingsClientOptions } from './http/requester.ts';
import { readMedia, type MediaOptions } from './media.ts';
import { readList, readPage, type RecordingListQuery, type RecordingPageQuery } from './recording/list.ts';
import type { RecordingPage } from './recording/page.ts';
import type { IdentifiedRecording } from './recording/types.ts';
import { readTimeline, type Timeline } from './timeline.ts';
import { readRecording, waitUntilReady, type WaitOptions } from './wait-until-ready.ts';

/**
 * Reads recordings from Twilio or an edge.
 *
 * Each method rejects with a `RecordingsError` that has the `code` of the reason. An error of a framework, which has a text
 * in `digest` as those of Next.js have, is thrown unchanged. A room is identified by its SID, `RM` and 32 hexadecimal digits,
 * and not by its unique name, because rooms share names. The SID of a recording is `RT` and 32 hexadecimal digits.
 *
 * @typeParam Fetched the response of the client's `fetch`.
 */
export interface RecordingsClient<Fetched extends FetchedResponse = FetchedResponse> {
  /** Reads one recording. */
  fetch(roomSid: string, sid: string, options?: ReadOptions): Promise<IdentifiedRecording>;

  /**
   * Reads one page of a room's recordings, in ascending order of their creation.
   *
   * @returns an empty page if the room has no recordings or does not exist.
   */
  page(roomSid: string, query?: RecordingPageQuery, options?: ReadOptions): Promise<RecordingPage>;

  /**
   * Reads a room's recordings, page by page, in ascending order of their creation. `timeoutMs` applies to each page.
   *
   * @example
   * for await (const recording of recordings.list(roomSid, { status: 'completed' })) console.log(recording.sid);
   */
  list(
    roomSid: string,
    query?: RecordingListQuery,
    options?: ReadOptions,
  ): AsyncIterableIterator<IdentifiedRecording>;

  /** Reads the timeline of a room from an edge: its tracks, when each begins and ends, and the URLs of their media. */
  timeline(roomSid: string, options?: ReadOptions): Promise<Timeline>;

  /**
   * Requests the media of a recording. From an edge, it is a file that browsers play.
   *
   * Twilio redirects to its storage. The client follows this redirect without its credentials. A browser does not let a
   * page do so, and the read rejects with `upstream`.
   *
   * @returns the response, with status 200 or 206. `timeoutMs` ends with its headers, and `signal` aborts its body too.
   */
  media(roomSid: string, sid: string, options?: MediaOptions): Promise<Fetched>;

  /**
   * Reads a recording until its status is `completed`. The next read happens when the response is no longer fresh, or after
   * its `Retry-After`, and otherwise after 5 seconds, plus a random part.
   *
   * @throws {RecordingsError} `failed` or `deleted`: the recording will not be completed.
   * @throws {RecordingsError} `timeout`: the recording was not completed within `options.timeoutMs`.
   */
  waitUntilReady(roomSid: string, sid: string, options?: WaitOptions): Promise<IdentifiedRecording>;
}

/**
 * Creates a client for Twilio or an edge.
 *
 * @throws {RecordingsError} `invalid_request`: `baseUrl` would expose the credentials, or `timeoutMs`, `retries` or `cache`
 * has a value that is not allowed.
 * @example
 * const recordings = createRecordingsClient({ auth: basicAuth(apiKey, apiSecret) });
 * const recording = await recordings.fetch(roomSid, sid);
 */
export function createRecordingsClient<
  Fetch extends FetchLike = (url: string, init: FetchInit) => Promise<PlatformResponse>,
>(options?: RecordingsClientOptions<Fetch>): RecordingsClient<Awaited<ReturnType<Fetch>>>;
export function createRecordingsClient(options: RecordingsClientOptions = {}): RecordingsClient {
  const requester = createRequester(options);
  return {
    fetch: async (...given) => (await readRecording(requester, ...given)).recording,
    page: async (roomSid, query = {}, given) => readPage(requester, roomSid, query, given),
    list: (roomSid, query = {}, given) => readList(requester, roomSid, query, given),
    timeline: (roomSid, given) => readTimeline(requester, roomSid, given),
    media: (roomSid, sid, given = {}) => readMedia(requester, roomSid, sid, given),
    waitUntilReady: (roomSid, sid, given = {}) => waitUntilReady(requester, roomSid, sid, given),
  };
}
