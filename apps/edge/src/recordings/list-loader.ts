import type { IdentifiedRecording, RoomSid } from '@room-recordings/core';
import { normalizeSid } from '../twilio/sid.ts';
import { listCacheControl, type CacheLifetimes } from './cache-control.ts';
import { formatListQuery } from './list-query.ts';
import type { ResourceLoaders } from './origin.ts';
import type { ListQuery, PagePosition, RecordingSource, SourcePage } from './recording-source.ts';
import { nullFields, serializeRecording, type HidableField } from './serialize.ts';

/**
 * Creates the loader of lists.
 *
 * @param hiddenFields attributes that are null before anything is stored, so that no store holds them.
 */
export function createListLoader(
  source: RecordingSource,
  lifetimes: CacheLifetimes,
  hiddenFields: readonly HidableField[],
): ResourceLoaders['list'] {
  const hidden = nullFields(hiddenFields);
  return async ({ id: { roomSid }, query }, { publicUrl, ...options }) => {
    const page = await source.list(roomSid, query, options);
    const recordings = page.recordings
      // Twilio documents that it leaves them out.
      .filter(({ status }) => status !== 'deleted' || query.status === 'deleted')
      .toSorted(compareRecordings);
    return () => ({
      text: serializePage({ ...page, recordings }, { roomSid, query, publicUrl, hidden }),
      cacheControl: listCacheControl(
        recordings.map(({ status }) => status),
        lifetimes,
      ),
    });
  };
}

/** Compares the instants of the creation of two recordings, and then their SIDs. A recording without a date is the greater one. */
function compareRecordings(a: IdentifiedRecording, b: IdentifiedRecording): number {
  const [first, second] = [a, b].map(({ date_created: date }) =>
    date === null ? Number.MAX_VALUE : Date.parse(date),
  );
  const difference = (first ?? 0) - (second ?? 0);
  // A leap second is not a date of JavaScript.
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return a.sid < b.sid ? -1 : 1;
}

/** Names the attributes that are not valid. A name inside of an attribute comes from the source, so it is left out. */
function toPublicInvalid({ sid, issues }: SourcePage['invalid'][number]): object {
  return { sid, issues: issues.map(({ path, message }) => ({ path: path.slice(0, 1), message })) };
}

/** The values of a page that do not come from the source. */
interface PageContext {
  readonly roomSid: RoomSid;
  readonly query: ListQuery;
  readonly publicUrl: string;
  readonly hidden: ReturnType<typeof nullFields>;
}

/**
 * Serializes the public representation of a page. Its URLs lead to this edge. They have the filters of the request, and neither its
 * credentials nor its spelling.
 */
function serializePage(
  { recordings, invalid, previous, next }: SourcePage,
  { roomSid, query, publicUrl, hidden }: PageContext,
): string {
  const toUrl = (position: Partial<PagePosition>) =>
    `${publicUrl}/v1/Rooms/${roomSid}/Recordings?${formatListQuery({ ...query, ...position })}`;
  const items = recordings.map((recording) => {
    // A SID in a list may have upper-case digits, and the edge serves one spelling.
    const sid = normalizeSid(recording.sid);
    return serializeRecording(recording, { roomSid, sid }, publicUrl, hidden);
  });
  const meta = {
    page: query.page,
    page_size: query.pageSize,
    first_page_url: toUrl({ page: 0, pageToken: undefined }),
    previous_page_url: previous && toUrl(previous),
    url: toUrl({}),
    next_page_url: next && toUrl(next),
    key: 'recordings',
    ...(invalid.length === 0 ? {} : { invalid: invalid.map(toPublicInvalid) }),
  };
  return `{"recordings":[${items.join(',')}],"meta":${JSON.stringify(meta)}}`;
}
