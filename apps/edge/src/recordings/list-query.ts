import { isPageNumber, isPageToken } from '../twilio/page-position.ts';
import { normalizeSid } from '../twilio/sid.ts';
import { isRecordingStatus, RECORDING_STATUSES } from './cache-control.ts';
import type { ListQuery } from './recording-source.ts';

/** The reason why a query is not valid. */
export interface InvalidQuery {
  /** Sentences that name the parameter, the error and the solution. */
  readonly detail: string;
}

/** The parameters of a list, in the order of a canonical query. Their names are case-sensitive, as Twilio's are. */
export const LIST_PARAMETERS = [
  'Status',
  'SourceSid',
  'DateCreatedAfter',
  'DateCreatedBefore',
  'PageSize',
  'Page',
  'PageToken',
] as const;

type ListParameter = (typeof LIST_PARAMETERS)[number];

/** The parameters of a signature, which no route reads: authorization has verified them before. */
export const SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set(['kid', 'expires', 'signature']);

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1_000;

const SOURCE_SID = /^[a-z]{2}[\da-f]{32}$/i;

/** An RFC 3339 date-time without a second 60, which `Date` does not have. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

const DATE_RULE =
  'must be a date and a time with a zone, such as 2026-03-02T09:00:00Z. Encode the plus sign of a zone as %2B';

/** The maximum length of a name that is repeated in an error message. */
const MAX_NAME_LENGTH = 40;

/**
 * Parses the query of a list. One parser decides for the cache key, the source and the links, and `;` does not separate parameters.
 *
 * @param search the query with its question mark; empty without a query.
 */
export function parseListQuery(search: string): ListQuery | InvalidQuery {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    if (!isListParameter(name) && !SIGNATURE_PARAMETERS.has(name)) return { detail: describeUnknown(name) };
    if (values.has(name)) return { detail: `The parameter ${name} occurs twice. Send it once.` };
    values.set(name, value);
  }
  for (const name of LIST_PARAMETERS) {
    const value = values.get(name);
    const rule = value === undefined ? undefined : findBrokenRule(name, value);
    if (rule !== undefined) return { detail: `The parameter ${name} ${rule}.` };
  }
  const query = toListQuery((name) => values.get(name));
  if (query.page > 0 && query.pageToken === undefined) {
    return {
      detail: 'The parameter Page requires PageToken. Follow next_page_url of the page before, or omit Page.',
    };
  }
  return query;
}

function isListParameter(name: string): name is ListParameter {
  return LIST_PARAMETERS.some((parameter) => parameter === name);
}

function describeUnknown(name: string): string {
  const similar = LIST_PARAMETERS.find((parameter) => parameter.toLowerCase() === name.toLowerCase());
  if (similar !== undefined)
    return `The parameter ${name} is unknown: names are case-sensitive. Use ${similar}.`;
  const quoted = JSON.stringify(name.slice(0, MAX_NAME_LENGTH));
  return `The parameter ${quoted} is unknown. Remove it, or use one of ${LIST_PARAMETERS.join(', ')}.`;
}

/** Returns the rule that a value breaks; undefined for a valid value. */
function findBrokenRule(name: ListParameter, value: string): string | undefined {
  switch (name) {
    case 'Status':
      return isRecordingStatus(value) ? undefined : `must be one of ${RECORDING_STATUSES.join(', ')}`;
    case 'SourceSid':
      return SOURCE_SID.test(value) ? undefined : 'must be two letters and 32 hexadecimal digits';
    case 'DateCreatedAfter':
    case 'DateCreatedBefore':
      return toUtc(value) === undefined ? DATE_RULE : undefined;
    case 'PageSize':
      return isPageNumber(value) && Number(value) >= 1 && Number(value) <= MAX_PAGE_SIZE
        ? undefined
        : `must be a whole number from 1 to ${MAX_PAGE_SIZE}`;
    case 'Page':
      return isPageNumber(value) ? undefined : 'must be a whole number, 0 for the first page';
    case 'PageToken':
      return isPageToken(value)
        ? undefined
        : 'must be a token of next_page_url or previous_page_url. Follow these URLs as they are';
    default:
      return name satisfies never;
  }
}

/** Creates the query from valid values. */
function toListQuery(get: (name: ListParameter) => string | undefined): ListQuery {
  const status = get('Status');
  const sourceSid = get('SourceSid');
  return {
    status: isRecordingStatus(status) ? status : undefined,
    sourceSid: sourceSid === undefined ? undefined : normalizeSid(sourceSid),
    dateCreatedAfter: toUtc(get('DateCreatedAfter')),
    dateCreatedBefore: toUtc(get('DateCreatedBefore')),
    pageSize: Number(get('PageSize') ?? DEFAULT_PAGE_SIZE),
    page: Number(get('Page') ?? 0),
    pageToken: get('PageToken'),
  };
}

/**
 * Converts a date-time to UTC, so that one instant has one spelling. It has no fraction if the milliseconds are zero.
 *
 * @returns undefined for a text that is not a date-time of an existing day.
 */
function toUtc(text: string | undefined): string | undefined {
  const day = text === undefined ? undefined : DATE_TIME.exec(text)?.[1];
  if (text === undefined || day === undefined || !isDay(day)) return undefined;
  const milliseconds = Date.parse(text.toUpperCase());
  if (Number.isNaN(milliseconds)) return undefined;
  const utc = new Date(milliseconds).toISOString();
  // A zone can lead out of the years that have four digits.
  return /^\d{4}-/.test(utc) ? utc.replace('.000Z', 'Z') : undefined;
}

/** Returns whether a day exists: V8 parses June 31 as July 1. */
function isDay(day: string): boolean {
  const milliseconds = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(day);
}

/** Formats the canonical query of a list, without the question mark: one query for each set of parsed values. */
export function formatListQuery(query: ListQuery): string {
  const values: Readonly<Record<ListParameter, string | number | undefined>> = {
    Status: query.status,
    SourceSid: query.sourceSid,
    DateCreatedAfter: query.dateCreatedAfter,
    DateCreatedBefore: query.dateCreatedBefore,
    PageSize: query.pageSize,
    Page: query.page,
    PageToken: query.pageToken,
  };
  const search = new URLSearchParams();
  for (const name of LIST_PARAMETERS) {
    const value = values[name];
    if (value !== undefined) search.set(name, String(value));
  }
  return search.toString();
}
