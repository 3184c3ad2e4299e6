import { RecordingsError } from '../errors.ts';
import { MAX_LIST_BYTES } from '../http/body.ts';
import { readJsonResponse, toResponseMeta } from '../http/json-response.ts';
import type { ReadOptions, Requester } from '../http/requester.ts';
import { encodeQueryValue } from '../http/url.ts';
import { parseRecordingPage, type RecordingPage } from './page.ts';
import { toRoomSid } from './sid.ts';
import type { IdentifiedRecording, RecordingStatus } from './types.ts';

/** The filters of a list, with the names of twilio-node. */
interface RecordingFilters {
  /** Deleted recordings are in a list only if the status is `deleted`. */
  readonly status?: RecordingStatus | undefined;
  /** The SID of the recorded track, `MT…`. */
  readonly sourceSid?: string | undefined;
  /** Selects recordings that were created at this time or later: a date, or a text as in RFC 3339. */
  readonly dateCreatedAfter?: Date | string | undefined;
  /** Selects recordings that were created before this time: a date, or a text as in RFC 3339. */
  readonly dateCreatedBefore?: Date | string | undefined;
  /** The maximum number of recordings of a page, from 1 to 1,000. The server's default is 50. */
  readonly pageSize?: number | undefined;
}

/** The filters of `page` and the position of the page. */
export interface RecordingPageQuery extends RecordingFilters {
  /** The number of the page; 0 for the first page. A later page needs a `pageToken`. */
  readonly pageNumber?: number | undefined;
  /** The token of the page, from `PageToken` in `next_page_url` of the page before. */
  readonly pageToken?: string | undefined;
}

/** The filters of `list`, and where it ends. */
export interface RecordingListQuery extends RecordingFilters {
  /** The maximum number of recordings. By default the list has no limit. */
  readonly limit?: number | undefined;
}

/**
 * Reads one page.
 *
 * @throws {RecordingsError} with the `code` of the reason.
 */
export async function readPage(
  requester: Requester,
  roomSid: string,
  {
    status,
    sourceSid,
    dateCreatedAfter,
    dateCreatedBefore,
    pageSize,
    pageNumber,
    pageToken,
  }: RecordingPageQuery,
  options: ReadOptions | undefined,
  position = '',
): Promise<RecordingPage> {
  const room = toRoomSid(roomSid);
  const parameters = {
    Status: status,
    SourceSid: sourceSid,
    DateCreatedAfter: formatDate(dateCreatedAfter),
    DateCreatedBefore: formatDate(dateCreatedBefore),
    PageSize: pageSize,
    Page: pageNumber,
    PageToken: pageToken,
  };
  const members = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encodeQueryValue(value)}`,
  );
  const query = [...members, position].filter(Boolean).join('&');
  return requester.request(
    {
      path: `/v1/Rooms/${room}/Recordings${query && `?${query}`}`,
      async parse(response) {
        const body = await readJsonResponse(response, MAX_LIST_BYTES);
        return parseRecordingPage(body, room, toResponseMeta(response));
      },
    },
    options,
  );
}

/**
 * Reads the recordings of all pages. A page is requested when the recordings of the page before are used up.
 *
 * @throws {RecordingsError} `invalid_response`: the pages do not end.
 * @throws {RecordingsError} with the `code` of any other reason.
 */
export async function* readList(
  requester: Requester,
  roomSid: string,
  { limit = Number.POSITIVE_INFINITY, ...filters }: RecordingListQuery,
  options: ReadOptions | undefined,
): AsyncGenerator<IdentifiedRecording, void, undefined> {
  const visited = new Set(['']);
  let position = '';
  for (let left = limit; left > 0;) {
    const { recordings, meta } = await readPage(requester, roomSid, filters, options, position);
    yield* recordings.slice(0, left);
    left -= recordings.length;
    if (meta.next_page_url === null) return;
    position = findPosition(meta.next_page_url);
    if (visited.has(position)) {
      throw new RecordingsError('invalid_response', 'The next_page_url of a page leads to no other page.');
    }
    visited.add(position);
  }
}

/**
 * Returns the members `Page` and `PageToken` of a URL. The rest of the URL is not used, so that a response cannot send the
 * credentials to another server. `URLSearchParams` is not used, because that of React Native is incomplete.
 */
function findPosition(url: string): string {
  return Array.from(url.matchAll(/[?&](Page(?:Token)?=[^&#]*)/g), ([, member]) => member).join('&');
}

/** Formats a date in whole seconds, which is the precision of Twilio. */
function formatDate(date: Date | string | undefined): string | undefined {
  if (!(date instanceof Date)) return date;
  if (!Number.isNaN(date.getTime())) return date.toISOString().replace(/\.\d+/, '');
  const message = 'dateCreatedAfter and dateCreatedBefore must be valid dates.';
  throw new RecordingsError('invalid_request', message);
}
