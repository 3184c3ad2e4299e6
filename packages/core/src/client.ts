import { createRequester, type ReadOptions, type RecordingsClientOptions } from './http/requester.ts';
import { readList, readPage, type RecordingListQuery, type RecordingPageQuery } from './recording/list.ts';
import type { RecordingPage } from './recording/page.ts';
import { toRecordingRef } from './recording/sid.ts';
import type { IdentifiedRecording } from './recording/types.ts';
import { parseRecordingResponse } from './response.ts';

/**
 * Reads recordings from Twilio or an edge.
 *
 * Each method rejects with a `RecordingsError` that has the `code` of the reason. An error of a framework, which has a text
 * in `digest` as those of Next.js have, is thrown unchanged. A room is identified by its SID, `RM` and 32 hexadecimal digits,
 * and not by its unique name, because rooms share names. The SID of a recording is `RT` and 32 hexadecimal digits.
 */
export interface RecordingsClient {
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
export function createRecordingsClient(options: RecordingsClientOptions = {}): RecordingsClient {
  const request = createRequester(options);
  return {
    async fetch(roomSid, sid, readOptions) {
      const ref = toRecordingRef(roomSid, sid);
      const path = `/v1/Rooms/${ref.roomSid}/Recordings/${ref.sid}`;
      return request({ path, parse: (response) => parseRecordingResponse(response, ref) }, readOptions);
    },
    page: async (roomSid, query = {}, readOptions) => readPage(request, roomSid, query, readOptions),
    list: (roomSid, query = {}, readOptions) => readList(request, roomSid, query, readOptions),
  };
}
