import type { RecordingRef } from '@room-recordings/core';
import { buildResponse, problemResponse, streamResponse } from '../http/respond.ts';
import type { HttpResponse, RequestContext } from '../http/types.ts';
import { logEntry, serializeError, type Logger } from '../logging.ts';
import { MediaError } from '../media/media-source.ts';
import { CLIENT_PARAMETER } from '../media/media-url.ts';
import type { MediaFormat } from '../media/representations.ts';
import type { MediaServices } from '../media/media-services.ts';
import { checkAvailability } from '../media/recorded-track.ts';
import { SIGNATURE_PARAMETERS } from '../recordings/list-query.ts';
import { respondWithBytes, type BytesRequest } from './media-bytes.ts';
import { readRecording, type CacheServices } from './recording-route.ts';
import type { ReadTarget } from './router.ts';

/** The services of the handler. */
export interface MediaRouteServices extends CacheServices {
  /** Undefined if no media is served. */
  readonly media: MediaServices | undefined;
  readonly logger: Logger;
}

/** Retry-After if a limit of this process is reached, seconds. */
const OVERLOADED_RETRY_AFTER = '1';

/** The status that nginx logs for a client that has left before the response. Media elements cancel requests at each seek. */
const CLIENT_CLOSED_REQUEST = 499;

const NO_MEDIA =
  'This edge serves no media. Operator: set MEDIA to proxy, and on Workers bind the bucket of the archive as MEDIA_BUCKET.';

/** The checked query of a media URL, or the reason against it. */
type MediaQuery = { readonly format: MediaFormat } | { readonly detail: string };

const FORMATS: ReadonlyMap<string, MediaFormat> = new Map([
  ['matroska', 'matroska'],
  ['original', 'original'],
]);

/**
 * Responds to GET and HEAD of the media of a recording. The status of the recording is read from the cache on each request, so that
 * the media of a deleted recording is gone when the recording is.
 *
 * @param client the client that calls and transfers are counted for.
 */
export async function respondWithMedia(
  context: RequestContext,
  services: MediaRouteServices,
  { id, key, search }: ReadTarget & { readonly id: RecordingRef },
  client: string,
): Promise<HttpResponse> {
  const query = parseMediaQuery(search);
  if ('detail' in query) return problemResponse(context, 'invalid_query', query);
  const { publicUrl, requestId } = context;
  const recording = await readRecording(context, services, key, {
    resource: { kind: 'recording', id },
    publicUrl,
    client,
    requestId,
  });
  if ('headers' in recording) return recording;
  const { media, pendingRequests, logger } = services;
  const unavailable = checkAvailability(recording, query.format);
  if (unavailable !== undefined) {
    const { code, detail } = unavailable;
    const retryAfter = media?.processingSeconds ?? 0;
    return problemResponse(context, code, {
      detail,
      headers: code === 'media_not_ready' ? [['retry-after', String(Math.max(1, retryAfter))]] : [],
    });
  }
  if (media === undefined) return problemResponse(context, 'media_unavailable', { detail: NO_MEDIA });
  const limitError = pendingRequests.check(client);
  if (limitError !== undefined) {
    return problemResponse(context, limitError, {
      headers: [['retry-after', OVERLOADED_RETRY_AFTER]],
      client,
    });
  }
  const report = (cause: unknown): void => {
    // The read of a client that has left did not fail.
    if (context.request.signal?.aborted === true) return;
    const members = { request_id: requestId, ...serializeError(cause) };
    logger.write(logEntry('media.read_failed', context.startedAt, members));
  };
  const request = { context, media, recording, id, client, format: query.format, report };
  return pendingRequests.run(client, () => respondFromStorage(request));
}

/** Parses the query of a media URL. Names and values are case-sensitive, and each parameter may occur once. */
function parseMediaQuery(search: string): MediaQuery {
  let format: MediaFormat = 'playable';
  const names = new Set<string>();
  for (const [name, value] of new URLSearchParams(search)) {
    if (names.has(name)) return { detail: 'A query parameter is repeated. Send each parameter once.' };
    names.add(name);
    if (name === 'format') {
      const known = FORMATS.get(value);
      if (known === undefined) {
        return { detail: 'format must be matroska or original. Omit it for media that browsers play.' };
      }
      format = known;
    } else if (name !== CLIENT_PARAMETER && !SIGNATURE_PARAMETERS.has(name)) {
      return { detail: 'The query has an unknown parameter. Media has the parameter format only.' };
    }
  }
  return { format };
}

/** Responds from the storage. If its file was replaced since the last request, the new file is served. */
async function respondFromStorage(request: BytesRequest): Promise<HttpResponse> {
  const { context, media, id } = request;
  const respond = media.mode === 'redirect' ? respondWithLink : respondWithBytes;
  try {
    return await respond(request).catch((error: unknown) => {
      if (!(error instanceof MediaError) || error.reason !== 'changed') throw error;
      media.files.forget(id);
      return respond(request);
    });
  } catch (error) {
    // Nobody receives this response: the status is for the log, in which a client that has left is no failure of the edge.
    if (context.request.signal?.aborted === true) return streamResponse(context, CLIENT_CLOSED_REQUEST, []);
    if (!(error instanceof MediaError)) throw error;
    const { code, detail, retryAfter, cause } = error;
    const response = problemResponse(context, code, {
      detail,
      headers: retryAfter === undefined ? [] : [['retry-after', String(retryAfter)]],
    });
    if (response.status >= 500) request.report(cause);
    return response;
  }
}

/**
 * Responds with the URL of the file at the storage: as JSON to a page that calls `fetch`, else as a redirect. A page cannot follow the
 * redirect, because the storage has no CORS headers.
 *
 * @see https://fetch.spec.whatwg.org/#http-redirect-fetch
 */
async function respondWithLink({
  context,
  media,
  recording,
  id,
  client,
}: BytesRequest): Promise<HttpResponse> {
  const { link } = media.source;
  if (link === undefined) throw new MediaError('missing');
  const { headers } = context.request;
  const signal = context.request.signal ?? new AbortController().signal;
  const url = await link(id, { signal, client, externalLocation: recording.media_external_location });
  const acceptsJson = /\bapplication\/json\b/i.test(headers.get('accept') ?? '');
  const isRedirect = headers.get('sec-fetch-dest') !== 'empty' && !acceptsJson;
  const own: HttpResponse['headers'] = [
    ['cache-control', 'private, no-store'],
    ['content-type', 'application/json'],
    ['referrer-policy', 'no-referrer'],
  ];
  if (isRedirect) own.push(['location', url]);
  return buildResponse(context, isRedirect ? 302 : 200, JSON.stringify({ redirect_to: url }), own);
}
