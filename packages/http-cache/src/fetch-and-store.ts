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

/** A request that the cache cannot serve alone, and what is stored for it. */
export interface FetchContext<Context = unknown> {
  readonly request: Request;
  readonly key: string;
  readonly entry: CacheEntry | undefined;
  /** The stored response that matches the request; undefined if nothing matches. */
  readonly stored: StoredResponse | undefined;
  /** Whether the request is forwarded unchanged, because its response may be incomplete. */
  readonly isPassThrough: boolean;
  /** The second argument of `cache.fetch()`. */
  readonly context: Context | undefined;
}

/** The result of a fetch: a stored response, a response for the requesting client alone, or an error. */
export type FetchResult =
  | {
      readonly kind: 'stored';
      readonly stored: StoredResponse;
      /** The stored response with the headers that only the requesting client may get. */
      readonly fullResponse: StoredResponse;
      readonly status: number;
      /** Resolves when the store has finished; undefined if it has finished already. */
      readonly writePromise: Promise<void> | undefined;
      /**
       * Resolves when the store can return this entry. Until then, concurrent requests get this response. It is undefined if the store
       * has `getSync`: the entry is visible immediately.
       */
      readonly visible: Promise<void> | undefined;
    }
  | {
      readonly kind: 'uncacheable';
      readonly status: number;
      readonly statusText: string;
      readonly headers: HeaderList;
      readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;
      readonly writePromise?: Promise<void> | undefined;
      readonly visible?: undefined;
    }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      /** The status of an error response of the origin; undefined if the origin did not respond. */
      readonly status?: number;
      /** Milliseconds; the time at which a stale response was found usable in place of that error response. */
      readonly decidedAt?: number;
      readonly writePromise?: undefined;
      readonly visible?: undefined;
    };

/** The services and settings of a fetch. */
export interface FetchServices<Context = unknown> {
  readonly fetch: OriginFetch<Context>;
  readonly store: SafeStore;
  readonly now: () => number;
  readonly maxBodyBytes: number;
  readonly staleIfError: number;
}

/** A response of the origin, and the request that caused it. */
interface OriginResult {
  readonly response: Response;
  /** The decision of an `OriginError`; undefined if the status code decides. */
  readonly allowStale: boolean | undefined;
  readonly requestHeaders: HeadersLike;
  readonly timing: RequestTiming;
}

/** Statuses in place of which a stale response may be served (RFC 5861 §4). */
const STALE_IF_ERROR_STATUSES = new Set([500, 502, 503, 504]);

/** Statuses that concern a moment, the rate of a client or a part of a response. They do not contradict a stored response. */
const STATUSES_KEEPING_STORED = new Set([206, 304, 408, 412, 416, 425, 429]);

/** Statuses of a missing resource. They contradict all its variants (RFC 9110 §15.5.5, §15.5.11). */
const MISSING_STATUSES = new Set([404, 410]);

/** Sends a request to the origin, stores its response if possible and deletes outdated ones. It never rejects. */
export async function fetchAndStore<Context>(
  services: FetchServices<Context>,
  context: FetchContext<Context>,
  tryCommit: TryCommit,
): Promise<FetchResult> {
  try {
    return await fetchOnce(services, context, tryCommit);
  } catch (error) {
    return { kind: 'failed', error };
  }
}

async function fetchOnce<Context>(
  services: FetchServices<Context>,
  context: FetchContext<Context>,
  tryCommit: TryCommit,
): Promise<FetchResult> {
  const { request, stored, isPassThrough } = context;
  const validated = stored !== undefined && hasValidator(stored) ? stored : undefined;
  const originRequest = isPassThrough
    ? createPassThroughRequest(request)
    : createOriginRequest(request, validated);
  const sentAt = services.now();
  const { response, allowStale } = await callOrigin(services.fetch, originRequest, context.context);
  const timing: RequestTiming = { sentAt, receivedAt: services.now() };
  const { status } = response;

  if (status === 304 && !isPassThrough) {
    cancelBody(response.body);
    if (validated === undefined) throw new TypeError('The origin responded 304 to an unconditional request.');
    if (validatesStored(response.headers, validated))
      return freshen(services, context, tryCommit, validated, response.headers, timing);
    // The 304 concerns another response than the stored one, so the request is repeated without conditions.
    return fetchOnce(services, { ...context, stored: undefined }, tryCommit);
  }
  if (
    stored !== undefined &&
    (allowStale ?? STALE_IF_ERROR_STATUSES.has(status)) &&
    isWithinStaleIfError(stored, currentAge(stored, timing.receivedAt))
  ) {
    cancelBody(response.body);
    const error = new TypeError(`The origin responded ${status}.`);
    return { kind: 'failed', error, status, decidedAt: timing.receivedAt };
  }
  const requestHeaders = originRequest.headers;
  return handleResponse(services, context, tryCommit, { response, allowStale, requestHeaders, timing });
}

/** Calls the origin. `allowStale` is undefined if the origin returned the response instead of throwing an `OriginError`. */
export async function callOrigin<Context>(
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

/** Updates the stored response by a 304 (RFC 9111 §4.3.4). */
function freshen<Context>(
  services: FetchServices<Context>,
  context: FetchContext<Context>,
  tryCommit: TryCommit,
  { status, headers: storedHeaders, body }: StoredResponse,
  notModified: Headers,
  timing: RequestTiming,
): FetchResult {
  const updates = ensureDate(endToEndHeaders(notModified), timing.receivedAt);
  const headers = freshenHeaders(storedHeaders, updates);
  const head = { status, headers: new Headers([...headers]) };
  const storable = toStorable(head, context.request.headers, timing, services.staleIfError);
  if (storable !== undefined && tryCommit())
    return store(services, context, storable, { status: 304, headers, body });
  const writePromise = dropOutdated(services, context, tryCommit, status);
  return { kind: 'uncacheable', status, statusText: '', headers, body, writePromise };
}

async function handleResponse<Context>(
  services: FetchServices<Context>,
  context: FetchContext<Context>,
  tryCommit: TryCommit,
  { response, allowStale, requestHeaders, timing }: OriginResult,
): Promise<FetchResult> {
  const { status, statusText } = response;
  // The response after a redirect is that of another URL.
  const storable = response.redirected
    ? undefined
    : toStorable(response, requestHeaders, timing, services.staleIfError);
  const received = ensureDate(endToEndHeaders(response.headers), timing.receivedAt);
  const maxBytes = storable === undefined ? 0 : services.maxBodyBytes;
  const { headers, body, storableBody } = await receiveBody(response, received, maxBytes);
  if (storable !== undefined && storableBody !== undefined && tryCommit())
    return store(services, context, storable, { status, headers, body: storableBody });
  const writePromise = dropOutdated(services, context, tryCommit, status, allowStale);
  return { kind: 'uncacheable', status, statusText, headers, body, writePromise };
}

/** Stores a response. `status` is that of the origin, which is 304 after a validation. */
function store<Context>(
  services: FetchServices<Context>,
  context: FetchContext<Context>,
  storable: StorableHead,
  { status, headers, body }: Pick<StoredResponse, 'status' | 'headers' | 'body'>,
): FetchResult {
  const { key, request } = context;
  // Age changes, and Cache-Status is stored separately. Headers listed in no-cache and private are for the requesting client alone.
  const fullResponse = { ...storable.stored, headers: omitHeaders(headers, ['age', 'cache-status']), body };
  const stored = { ...fullResponse, headers: omitHeaders(fullResponse.headers, storable.privateFieldNames) };
  const entry = readAgain(services.store, context);
  const others = MISSING_STATUSES.has(status) ? omitExisting(entry) : entry;
  const writePromise = services.store.set(key, addVariant(others, stored, request.headers));
  const visible = services.store.hasSyncGet ? undefined : writePromise;
  return { kind: 'stored', stored, fullResponse, status, writePromise, visible };
}

/**
 * Deletes the stored response that a newer, uncacheable response contradicts (RFC 9111 §4).
 *
 * @returns a promise that resolves when the store has finished; undefined if there is nothing to wait for.
 */
function dropOutdated<Context>(
  { store }: FetchServices<Context>,
  context: FetchContext<Context>,
  tryCommit: TryCommit,
  status: number,
  allowStale?: boolean,
): Promise<void> | undefined {
  const { key, request } = context;
  const keepsStored = allowStale ?? (status >= 500 || STATUSES_KEEPING_STORED.has(status));
  if (keepsStored || !tryCommit()) return undefined;
  const entry = readAgain(store, context);
  if ((entry ?? context.entry) === undefined) return undefined;
  const variants = MISSING_STATUSES.has(status) ? [] : omitVariants(entry, request.headers);
  return variants.length === 0 ? store.delete(key) : store.set(key, { variants });
}

/** Omits the variants that a stored 404 or 410 contradicts: all but other responses with these statuses. */
function omitExisting(entry: CacheEntry | undefined): CacheEntry {
  return { variants: entry?.variants.filter((variant) => MISSING_STATUSES.has(variant.status)) ?? [] };
}

/** Reads the entry again, because another fetch may have changed it. An asynchronous store is not read twice. */
function readAgain(store: SafeStore, { key, entry }: FetchContext): CacheEntry | undefined {
  return store.hasSyncGet ? store.getSync(key) : entry;
}
