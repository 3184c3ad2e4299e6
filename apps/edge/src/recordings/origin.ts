import type { RecordingRef, RoomRecording } from '@room-recordings/core';
import { OriginError, type CachedResponse, type OriginFetch } from '@room-recordings/http-cache';
import { PROBLEM_TYPES, isErrorCode, type ErrorCode } from '../http/error-codes.ts';
import { logEntry, serializeError, type Logger } from '../logging.ts';
import type { RoomRef } from '../twilio/sid.ts';
import { CallNotPermittedError, RememberedError, shouldAlert } from '../twilio/resilience/errors.ts';
import { recordingCacheControl, type CacheLifetimes } from './cache-control.ts';
import type { RecordingSource, SourceReadOptions, StoredResource } from './recording-source.ts';
import { nullFields, serializeRecording, weakEtag, type HidableField } from './serialize.ts';
import { toUpstreamFailure, type UpstreamFailure } from './upstream-error.ts';

/** The options of the origin function. */
export interface OriginOptions {
  readonly loaders: ResourceLoaders;
  readonly lifetimes: CacheLifetimes;
  /** Whether a stale response may be served while the source rejects the credentials. */
  readonly staleOnUpstreamAuth: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** The values that accompany a request through the cache to the origin. No part of them is stored. */
export interface OriginContext {
  readonly resource: StoredResource;
  /** The origin of the URLs in the response. */
  readonly publicUrl: string;
  /** The client that the calls to the source are counted for. */
  readonly client: string;
  readonly requestId: string;
}

/** The public representation of a resource, the same for every client. */
interface Representation {
  /** JSON. */
  readonly text: string;
  readonly cacheControl: string;
}

/** The options of a loader. */
interface LoadOptions extends Pick<SourceReadOptions, 'client' | 'onAttempt'> {
  /** The origin of the URLs in the representation. */
  readonly publicUrl: string;
  readonly requestId: string;
}

/**
 * Reads a resource from the source, and returns the function that serializes it. Its errors are those of the source; an error of the
 * returned function is a defect of the edge.
 */
type Loader<Resource> = (resource: Resource, options: LoadOptions) => Promise<() => Representation>;

/** The loader of each kind of resource. */
export type ResourceLoaders = {
  readonly [Kind in StoredResource['kind']]: Loader<Extract<StoredResource, { readonly kind: Kind }>>;
};

/** The members of an error response inside the cache. The problem document of each request is made from them. */
interface StoredProblem {
  readonly error: ErrorCode;
  readonly detail: string;
}

/**
 * Creates the `fetch` of the cache: it loads the representation of a resource from the source. The response is the same for every client.
 *
 * The returned function returns 200, 404 and 410. It throws `OriginError` for other errors and `CallNotPermittedError` if no call to the
 * source is allowed.
 */
export function createOriginFetch(options: OriginOptions): OriginFetch<OriginContext> {
  const { loaders, lifetimes, staleOnUpstreamAuth, now, logger } = options;

  return async (_request, context) => {
    if (context === undefined) throw new TypeError('The cache called the origin without a context.');
    const { resource, publicUrl, client, requestId } = context;
    const startedAt = now();
    let attempts = 0;
    let serialize: () => Representation;
    try {
      const onAttempt = () => (attempts += 1);
      serialize = await load(loaders, resource, { publicUrl, requestId, client, onAttempt });
    } catch (error) {
      if (error instanceof CallNotPermittedError) throw error;
      const failure = toUpstreamFailure(error, lifetimes, resource);
      const response = failureResponse(failure, now());
      if (failure.status < 500) return response;
      // The entry of the request suffices if the error was remembered and no call was made.
      if (attempts > 0 || !(error instanceof RememberedError)) {
        const { roomSid, sid }: RecordingRef | RoomRef = resource.id;
        const members = {
          request_id: requestId,
          code: failure.code,
          alert: shouldAlert(error) || undefined,
          attempts,
          duration_ms: now() - startedAt,
          room_sid: roomSid,
          recording_sid: sid,
          ...serializeError(error),
        };
        logger.write(logEntry('upstream.read_failed', startedAt, members));
      }
      // Someone may have revoked the credentials on purpose.
      const allowStale = failure.code !== 'upstream_auth' || staleOnUpstreamAuth;
      throw new OriginError(response, { allowStale, cause: error });
    }
    const { text, cacheControl } = serialize();
    return createResponse(200, text, now(), { etag: await weakEtag(text), 'cache-control': cacheControl });
  };
}

function load(
  loaders: ResourceLoaders,
  resource: StoredResource,
  options: LoadOptions,
): Promise<() => Representation> {
  switch (resource.kind) {
    case 'recording':
      return loaders.recording(resource, options);
    case 'list':
      return loaders.list(resource, options);
    case 'timeline':
      return loaders.timeline(resource, options);
    default:
      return resource satisfies never;
  }
}

/**
 * Creates the loader of recordings.
 *
 * @param hiddenFields attributes that are null before anything is stored, so that no store holds them.
 */
export function createRecordingLoader(
  source: RecordingSource,
  lifetimes: CacheLifetimes,
  hiddenFields: readonly HidableField[],
): ResourceLoaders['recording'] {
  const hidden = nullFields(hiddenFields);
  return async ({ id }, { publicUrl, ...options }) => {
    const recording: RoomRecording = await source.read(id, options);
    return () => ({
      text: serializeRecording(recording, id, publicUrl, hidden),
      cacheControl: recordingCacheControl(recording.status, lifetimes),
    });
  };
}

/** Parses the error response of an origin function after it passed through the cache, stored or not. */
export function parseStoredProblem({ body }: CachedResponse): StoredProblem {
  const problem: unknown = body === null ? undefined : JSON.parse(new TextDecoder().decode(body));
  if (isStoredProblem(problem)) return problem;
  return { error: 'internal', detail: PROBLEM_TYPES.internal.help };
}

function isStoredProblem(value: unknown): value is StoredProblem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'error' in value &&
    'detail' in value &&
    typeof value.error === 'string' &&
    isErrorCode(value.error) &&
    typeof value.detail === 'string'
  );
}

function failureResponse(
  { status, code, detail, cacheControl, retryAfter }: UpstreamFailure,
  now: number,
): Response {
  const problem: StoredProblem = { error: code, detail };
  const headers: Record<string, string> = { 'cache-control': cacheControl };
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  return createResponse(status, JSON.stringify(problem), now, headers);
}

/** Creates a response of bytes with a known length. It has a Date, because the clock of the cache measures durations only. */
function createResponse(
  status: number,
  text: string,
  now: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const body = new TextEncoder().encode(text);
  return new Response(body, {
    status,
    headers: {
      ...headers,
      'content-length': String(body.byteLength),
      'content-type': 'application/json',
      date: new Date(now).toUTCString(),
    },
  });
}
