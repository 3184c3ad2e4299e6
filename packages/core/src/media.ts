import { RecordingsError } from './errors.ts';
import { readText } from './http/body.ts';
import type { FetchedResponse } from './http/fetch.ts';
import { createStatusError } from './http/json-response.ts';
import type { Requester } from './http/requester.ts';
import { encodeQueryValue } from './http/url.ts';
import { toRecordingRef } from './recording/sid.ts';

/** The options of `media`. */
export interface MediaOptions {
  /**
   * Aborts the read, and the body of the response too. The client does not see the end of the body, so it stays linked to
   * the response: use one signal for each response.
   */
  readonly signal?: AbortSignal | undefined;
  /** The requested bytes, as in the `Range` header: `bytes=0-499`. By default the whole file is requested. */
  readonly range?: string | undefined;
  /**
   * The format in which an edge serves the media: `matroska` for H264 in Matroska instead of MP4, `original` for the bytes
   * that Twilio recorded. Default is a file that browsers play. Twilio itself serves the original bytes only.
   */
  readonly format?: 'matroska' | 'original' | undefined;
}

const RANGE = /^bytes=[\d, -]+$/;

/**
 * Reads the media of a recording.
 *
 * Twilio redirects to a URL of its storage. The redirect is followed once, without `Authorization`: the storage rejects a
 * request with two kinds of credentials, and nobody but Twilio may receive them.
 *
 * @returns a response with status 200 or 206, whose body has not been read. The time limit ends with its headers.
 * @throws {RecordingsError} with the `code` of the reason.
 */
export async function readMedia(
  { request }: Requester,
  roomSid: string,
  sid: string,
  { range, format, ...options }: MediaOptions,
): Promise<FetchedResponse> {
  const ref = toRecordingRef(roomSid, sid);
  if (range !== undefined && !RANGE.test(range)) {
    throw new RecordingsError('invalid_request', 'range must be a range of bytes, such as bytes=0-499.');
  }
  const headers = { Accept: '*/*', ...(range !== undefined && { Range: range }) };
  const query = format === undefined ? '' : `?format=${encodeQueryValue(format)}`;
  return request(
    {
      path: `/v1/Rooms/${ref.roomSid}/Recordings/${ref.sid}/Media${query}`,
      headers,
      isStream: true,
      async parse(response, follow) {
        if (hasMedia(response)) return response;
        const target = isRedirect(response) ? response.headers.get('Location') : null;
        if (target === null) throw await createMediaError(response);
        // The body of the redirect is read, so that its connection can be used again.
        await readText(response);
        const stored = await follow(target, headers);
        if (hasMedia(stored)) return stored;
        throw await createStorageError(stored);
      },
    },
    options,
  );
}

function hasMedia(response: FetchedResponse): boolean {
  return response.status === 206 || (response.status === 200 && !isLink(response));
}

/** An edge with MEDIA=redirect sends a page the URL of the media as JSON, because a page cannot follow a redirect. */
function isLink({ headers }: FetchedResponse): boolean {
  return /^application\/json\b/i.test(headers.get('Content-Type') ?? '');
}

function isRedirect({ status }: FetchedResponse): boolean {
  return status >= 300 && status < 400;
}

/** In a page, the status of a redirect is 0 and its target is hidden. A page could not read the target of a link either. */
async function createMediaError(response: FetchedResponse): Promise<RecordingsError> {
  const { status } = response;
  if (status !== 0 && status !== 200) return createStatusError(response);
  await readText(response);
  const message =
    'A page cannot follow the redirect to the media. Set baseUrl to an edge that proxies media.';
  return new RecordingsError('upstream', message, { status });
}

/** The body is read for the connection. It describes the storage, which the caller does not know. */
async function createStorageError(response: FetchedResponse): Promise<RecordingsError> {
  const { status } = response;
  await readText(response).catch(() => undefined);
  const message = `The storage of the media responded with status ${status}.`;
  return new RecordingsError(status === 416 ? 'invalid_request' : 'upstream', message, { status });
}
