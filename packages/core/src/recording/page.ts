import * as v from 'valibot';
import { RecordingsError, type RecordingIssue } from '../errors.ts';
import { parseWith, safeParseIdentifiedRecording, type InvalidDetails } from './parse.ts';
import { isObject } from './normalize.ts';
import { arrayOf, must, nonNegativeInteger, objectOf, oneOf, recordingSid, string, url } from './schema.ts';
import { isRecordingSid, isRoomSid, isSameSid, toRoomSid, type RecordingSid } from './sid.ts';
import type { IdentifiedRecording } from './types.ts';

/** A recording of a page that does not match the schema of a recording. */
export interface InvalidRecording {
  /** The SID of the recording; null if it is not a SID. */
  readonly sid: RecordingSid | null;
  /** The reasons, at most 10. */
  readonly issues: readonly { readonly path: readonly string[]; readonly message: string }[];
}

/** The position of a page in its list. A member that the server omits is null. */
export interface RecordingPageMeta {
  readonly key: 'recordings';
  /** The number of the page; 0 for the first page. */
  readonly page: number | null;
  /** The maximum number of recordings of a page. */
  readonly page_size: number | null;
  readonly url: string | null;
  readonly first_page_url: string | null;
  readonly previous_page_url: string | null;
  /** The URL of the next page; null for the last page. */
  readonly next_page_url: string | null;
  /** The recordings that are not in `recordings`, because they do not match the schema; absent if there are none. */
  readonly invalid?: readonly InvalidRecording[] | undefined;
}

/**
 * One page of the list of a room's recordings.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export interface RecordingPage {
  readonly recordings: readonly IdentifiedRecording[];
  readonly meta: RecordingPageMeta;
}

/** The maximum number of recordings of a page, which is Twilio's maximum of `PageSize`. */
const MAX_PAGE_SIZE = 1000;

/** A page may have 1,000 invalid recordings, and each may have issues in all attributes. */
const MAX_ITEM_ISSUES = 10;

const nullableInteger = v.nullish(nonNegativeInteger, null);
const nullableUrl = v.nullish(url, null);

const pageMeta = objectOf({
  key: v.optional(oneOf(['recordings']), 'recordings'),
  page: nullableInteger,
  page_size: nullableInteger,
  url: nullableUrl,
  first_page_url: nullableUrl,
  previous_page_url: nullableUrl,
  next_page_url: nullableUrl,
  invalid: v.optional(
    arrayOf(
      objectOf({
        sid: v.nullable(recordingSid),
        issues: arrayOf(objectOf({ path: arrayOf(string), message: string })),
      }),
    ),
  ),
});

const uncheckedPage = objectOf({
  recordings: v.pipe(
    arrayOf(v.unknown()),
    v.maxLength(MAX_PAGE_SIZE, must(`an array of at most ${MAX_PAGE_SIZE} recordings`)),
  ),
  meta: pageMeta,
});

/**
 * Parses a page of the list of a room's recordings, of Twilio or an edge.
 *
 * A recording that does not match the schema is left out and named in `meta.invalid`. An edge names those that it left out
 * in the same place.
 *
 * @param value the parsed JSON of the response.
 * @param roomSid the room of the request.
 * @param details the members of a thrown error that describe the response, such as `status`.
 * @throws {RecordingsError} `invalid_sid`: `roomSid` is not the SID of a room.
 * @throws {RecordingsError} `invalid_response`: the value is not a page.
 * @throws {RecordingsError} `mismatch`: the page has a recording of another room.
 */
export function parseRecordingPage(value: unknown, roomSid: string, details?: InvalidDetails): RecordingPage {
  const room = toRoomSid(roomSid);
  const page = parseWith(uncheckedPage, 'page of recordings', value, details);
  const { invalid: reported = [], ...meta } = page.meta;
  const recordings: IdentifiedRecording[] = [];
  const invalid: InvalidRecording[] = [...reported];
  for (const item of page.recordings) {
    const { room_sid, sid } = isObject(item) ? item : {};
    // Checked even if the rest of the item is invalid, because its SID would be named.
    if (isRoomSid(room_sid) && !isSameSid(room_sid, room)) {
      throw new RecordingsError(
        'mismatch',
        `The page has a recording of another room than ${room}.`,
        details,
      );
    }
    const parsed = safeParseIdentifiedRecording(item);
    if (parsed.success) recordings.push(parsed.recording);
    else invalid.push({ sid: isRecordingSid(sid) ? sid : null, issues: toShortIssues(parsed.issues) });
  }
  return { recordings, meta: invalid.length === 0 ? meta : { ...meta, invalid } };
}

function toShortIssues(issues: readonly RecordingIssue[]): InvalidRecording['issues'] {
  return issues.slice(0, MAX_ITEM_ISSUES).map(({ path, message }) => ({ path, message }));
}
