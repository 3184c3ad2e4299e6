import { receiveBody, cancelBody } from './body.ts';
import { endToEndHeaders, omitHeaders, freshenHeaders, type HeaderList } from './headers.ts';
import {
  createPassThroughRequest,
  createOriginRequest,
  OriginError,
  type OriginFetch,
} from './origin-request.ts';
import { currentAge, isWithinStaleIfError, type RequestTiming } from './policy/freshness.ts';
import { ensureDate, toStorable, type StorableHead } from './policy/storable.ts';
import { validatesStored, hasValidator } from './policy/validation.ts';
import { addVariant, omitVariants, type HeadersLike } from './policy/vary.ts';
import type { TryCommit } from './request-collapsing.ts';
import type { CacheEntry, StoredResponse, SafeStore } from './stores/store.ts';

/** What a request needs that goes on: itself, and what is stored for it. */
export interface FetchContext<Context = unknown> {
  readonly request: Request;
  readonly key: string;
  readonly entry: CacheEntry | undefined;
  /** What would be served if it were fresh. */
  readonly stored: StoredResponse | undefined;
  /** Sent on as it came: what is asked for is not the whole answer. */
  readonly isTransparent: boolean;
  /** The context of the request, for the origin alone. */
  readonly context: Context | undefined;
}

/** What came of going on: an answer for everyone, one for the one who asked alone, or none that is of any use. */
export type FetchResult =
  | {
      readonly kind: 'stored';
      readonly stored: StoredResponse;
      /** What is stored, with the fields that only the one who asked may get. */
      readonly whole: StoredResponse;
      readonly status: number;
      readonly written: Promise<void> | undefined;
      /** Until then who comes is given this; an entry of a store with `getSync` is at hand as soon as it is written. */
      readonly landing: unknown;
    }
  | {
      readonly kind: 'passed';
      readonly status: number;
      readonly statusText: string;
      readonly fields: HeaderList;
      readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;
      readonly written?: Promise<void> | undefined;
      readonly landing?: undefined;
    }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      /** The fault that the origin answered, where it is one that what is stale may be served instead of. */
      readonly status?: number;
      readonly written?: undefined;
      readonly landing?: undefined;
    };

/** What going on needs of the outside. */
export interface FetchServices<Context = unknown> {
  readonly fetch: OriginFetch<Context>;
  readonly store: SafeStore;
  readonly now: () => number;
  readonly maxBodyBytes: number;
  readonly staleIfError: number;
}

/** Statuses instead of which a stale answer may be served (RFC 5861 §4). */
const FAULTS = new Set([500, 502, 503, 504]);

/** Statuses that are about a moment, a caller's haste or a part: what is stored stays as true as it was. */
const SAYS_NOTHING_OF_STORED = new Set([206, 304, 408, 412, 416, 425, 429]);

/** Statuses of a resource that does not exist: no variant of it is true any more (RFC 9110 §15.5.5, §15.5.11). */
const GONE = new Set([404, 410]);

/** Asks the origin, stores what may be stored and drops what it has made untrue; never rejects. */
export async function fetchAndStore<Context>(
  outside: FetchServices<Context>,
  situation: FetchContext<Context>,
  land: TryCommit,
): Promise<FetchResult> {
  try {
    return await exchange(outside, situation, land);
  } catch (error) {
    return { kind: 'failed', error };
  }
}

async function exchange<Context>(
  outside: FetchServices<Context>,
  situation: FetchContext<Context>,
  land: TryCommit,
): Promise<FetchResult> {
  const { request, stored, isTransparent } = situation;
  const validated = stored !== undefined && hasValidator(stored) ? stored : undefined;
  const sent = isTransparent ? createPassThroughRequest(request) : createOriginRequest(request, validated);
  const sentAt = outside.now();
  const { response, allowStale } = await callOrigin(outside.fetch, sent, situation.context);
  const times: RequestTiming = { sentAt, receivedAt: outside.now() };
  const { status } = response;

  if (status === 304 && !isTransparent) {
    cancelBody(response.body);
    if (validated === undefined) throw new TypeError('The origin answered 304 unasked.');
    if (validatesStored(response.headers, validated))
      return renew(outside, situation, land, validated, response, times);
    // It speaks of an answer that is not stored: it is asked for as if nothing were.
    return exchange(outside, { ...situation, stored: undefined }, land);
  }
  if (
    stored !== undefined &&
    (allowStale ?? FAULTS.has(status)) &&
    isWithinStaleIfError(stored, currentAge(stored, times.receivedAt))
  ) {
    cancelBody(response.body);
    return { kind: 'failed', error: new TypeError(`The origin answered ${status}.`), status };
  }
  return receive(outside, situation, land, response, times, sent.headers, allowStale);
}

/** Calls the origin. `allowStale` is undefined for a response that was returned: its status code decides. */
async function callOrigin<Context>(
  fetch: OriginFetch<Context>,
  request: Request,
  context: Context | undefined,
): Promise<{ readonly response: Response; readonly allowStale?: boolean }> {
  try {
    return { response: await fetch(request, context) };
  } catch (error) {
    if (error instanceof OriginError) return error;
    throw error;
  }
}

/** A 304: the stored answer holds, with the fields that came (RFC 9111 §4.3.4). */
function renew<Context>(
  outside: FetchServices<Context>,
  situation: FetchContext<Context>,
  land: TryCommit,
  { status, headers, body }: StoredResponse,
  response: Response,
  times: RequestTiming,
): FetchResult {
  const came = ensureDate(endToEndHeaders(response.headers), times.receivedAt);
  const fields = freshenHeaders(headers, came);
  const head = { status, headers: new Headers([...fields]) };
  const prepared = toStorable(head, situation.request.headers, times, outside.staleIfError);
  if (prepared !== undefined && land()) return keep(outside, situation, prepared, fields, body, 304);
  const written = drop(outside, situation, land, status);
  return { kind: 'passed', status, statusText: '', fields, body, written };
}

async function receive<Context>(
  outside: FetchServices<Context>,
  situation: FetchContext<Context>,
  land: TryCommit,
  response: Response,
  times: RequestTiming,
  sent: HeadersLike,
  allowStale: boolean | undefined,
): Promise<FetchResult> {
  const { status, statusText, headers } = response;
  const prepared = response.redirected
    ? undefined // it is the answer of another URL
    : toStorable(response, sent, times, outside.staleIfError);
  const came = ensureDate(endToEndHeaders(headers), times.receivedAt);
  const most = prepared === undefined ? 0 : outside.maxBodyBytes;
  const { fields, body, storable } = await receiveBody(response, came, most);
  if (prepared !== undefined && storable !== undefined && land())
    return keep(outside, situation, prepared, fields, storable, status);
  const written = drop(outside, situation, land, status, allowStale);
  return { kind: 'passed', status, statusText, fields, body, written };
}

function keep<Context>(
  { store }: FetchServices<Context>,
  situation: FetchContext<Context>,
  prepared: StorableHead,
  fields: HeaderList,
  body: StoredResponse['body'],
  status: number,
): FetchResult {
  const { key, request } = situation;
  // Age is of one moment, and Cache-Status kept apart; fields that no-cache and private name are for the one who asked.
  const whole = { ...prepared.stored, headers: omitHeaders(fields, ['age', 'cache-status']), body };
  const stored = { ...whole, headers: omitHeaders(whole.headers, prepared.withheld) };
  const entry = readAgain(store, situation);
  const others = GONE.has(status) ? omitPresent(entry) : entry;
  const written = store.write(key, addVariant(others, stored, request.headers));
  return { kind: 'stored', stored, whole, status, written, landing: !store.hasSyncGet && written };
}

/** What came and cannot be stored is newer than what is (RFC 9111 §4): that goes; all of it where nothing is left. */
function drop<Context>(
  { store }: FetchServices<Context>,
  situation: FetchContext<Context>,
  land: TryCommit,
  status: number,
  allowStale?: boolean,
): Promise<void> | undefined {
  const { key, request } = situation;
  const keepsStored = allowStale ?? (status >= 500 || SAYS_NOTHING_OF_STORED.has(status));
  if (keepsStored || !land()) return undefined;
  const entry = readAgain(store, situation);
  if ((entry ?? situation.entry) === undefined) return undefined;
  const variants = GONE.has(status) ? [] : omitVariants(entry, request.headers);
  return variants.length === 0 ? store.remove(key) : store.write(key, { variants });
}

/** Omits the variants that a stored 404 or 410 contradicts: all but other responses of these statuses. */
function omitPresent(entry: CacheEntry | undefined): CacheEntry {
  return { variants: entry?.variants.filter((variant) => GONE.has(variant.status)) ?? [] };
}

/** Another answer may have been stored meanwhile; a store that takes its time is not asked twice. */
function readAgain(store: SafeStore, { key, entry }: FetchContext): CacheEntry | undefined {
  return store.hasSyncGet ? store.getSync(key) : entry;
}
