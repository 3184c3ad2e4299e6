import type { RecordingRef, RoomRecording } from '@room-recordings/core';
import type { HeaderList } from '@room-recordings/http-cache';
import type { RangePlan } from '@room-recordings/matroska';
import { evaluateConditions, isRangeCurrent, parseRange } from '../http/range.ts';
import { problemResponse, streamResponse } from '../http/respond.ts';
import type { BodyReader, HttpRequest, HttpResponse, RequestContext } from '../http/types.ts';
import { isWeakEtag, type MediaFile, type MediaFileOptions } from '../media/media-file.ts';
import { MediaError } from '../media/media-source.ts';
import type { MediaServices } from '../media/media-services.ts';
import { createRangeReader } from '../media/range-reader.ts';
import { formatDisposition, toOriginalType } from '../media/recorded-track.ts';
import type { MediaFormat } from '../media/representations.ts';
import type { TransferPermit } from '../media/transfer-limiter.ts';

/** A request for the media of a recording that has some. */
export interface BytesRequest {
  readonly context: RequestContext;
  readonly media: MediaServices;
  readonly id: RecordingRef;
  readonly recording: RoomRecording;
  readonly format: MediaFormat;
  /** The client that calls and transfers are counted for. */
  readonly client: string;
  /** Logs why the storage could not be read. */
  readonly report: (cause: unknown) => void;
}

/** The bytes of a response. `end` is exclusive. */
interface SelectedRange {
  readonly start: number;
  readonly end: number;
  readonly status: 200 | 206;
  /** Whether the response may be shorter than the range, because a media element requests it. */
  readonly isPiece: boolean;
}

/**
 * The media is not a page. If a browser opens it as one, no script runs. Chromium then makes a page with a `<video>` element, which it
 * lets load the media from its own origin only: a sandbox without `allow-same-origin` would block the element.
 */
const SANDBOX: HeaderList = [
  ['accept-ranges', 'bytes'],
  ['content-security-policy', "sandbox allow-same-origin; default-src 'none'; media-src 'self'"],
];

const PRECONDITION_DETAIL =
  'The media has another ETag than If-Match names. Request it without If-Match to get the current one.';

/**
 * Responds with the bytes of a representation: all of them or a range (RFC 9110 §14), or evaluates the conditions of the request.
 *
 * @throws {MediaError} if the media cannot be read.
 */
export async function respondWithBytes(request: BytesRequest): Promise<HttpResponse> {
  const { context, media, id, recording, format, client, report } = request;
  const { headers, method } = context.request;
  const aborted = context.request.signal;
  const transfer = new AbortController();
  const options: MediaFileOptions = {
    signal: aborted === undefined ? transfer.signal : AbortSignal.any([aborted, transfer.signal]),
    client,
    externalLocation: recording.media_external_location,
  };
  const originalType = toOriginalType(recording);
  const representation = await media.findRepresentation(id, format, { ...options, originalType });
  const { stored, etag } = representation;
  const cacheControl = media.isPublic ? 'public, max-age=300' : 'private, no-cache';
  const common: HttpResponse['headers'] = [...SANDBOX];
  if (etag !== null) common.push(['etag', etag]);
  if (format === 'original') common.push(['content-disposition', formatDisposition(recording, id)]);
  const condition = evaluateConditions(headers, etag);
  if (condition === 304)
    return streamResponse(context, condition, [...common, ['cache-control', cacheControl]]);
  if (condition === 412)
    return problemResponse(context, 'precondition_failed', { detail: PRECONDITION_DETAIL });
  const playable = await representation.load();
  const { type, size } = playable;
  const selected = selectRange(context.request, format, etag, size, media.pieceBytes);
  if (selected === undefined) {
    return problemResponse(context, 'range_not_satisfiable', {
      headers: [
        ['accept-ranges', 'bytes'],
        ['content-range', `bytes */${size}`],
      ],
    });
  }
  const { start, end, status, isPiece } = selected;
  common.push(['cache-control', isPiece ? 'no-store' : cacheControl]);
  common.push(['content-type', type], ['content-length', String(end - start)]);
  if (status === 206) common.push(['content-range', `bytes ${start}-${end - 1}/${size}`]);
  if (method === 'HEAD') return streamResponse(context, status, common);
  const permit = media.transfers.acquire(client);
  if (permit === undefined) throw new MediaError('failed', OVERLOADED);
  try {
    const reader = await openReader(
      media,
      stored,
      await playable.plan(start, end),
      options,
      transfer,
      permit,
      report,
    );
    return streamResponse(context, status, common, reader);
  } catch (error) {
    permit.release();
    throw error;
  }
}

const OVERLOADED = {
  code: 'overloaded',
  detail: 'The edge sends as much media as it can. Retry after the seconds in Retry-After.',
  retryAfter: 2,
} as const;

/** Selects the bytes of the response; returns undefined if the range is not satisfiable. */
function selectRange(
  { method, headers }: HttpRequest,
  format: MediaFormat,
  etag: string | null,
  size: number,
  pieceBytes: number,
): SelectedRange | undefined {
  // Range has a meaning for GET only (RFC 9110 §14.2).
  const isRequested = method === 'GET' && isRangeCurrent(headers, etag);
  const range = isRequested ? parseRange(headers.get('range'), size) : 'whole';
  if (range === 'unsatisfiable') return undefined;
  if (range === 'whole') return { start: 0, end: size, status: 200, isPiece: false };
  const { start, end, isOpenEnded } = range;
  // A browser opens six connections to a host, and holds one for each media element until its response ends. Pieces let ten tracks
  // start. ffmpeg and curl take a short response for the end of the file, so only media elements get pieces (RFC 9110 §15.3.7).
  // No cache stores a piece: while Chromium stores one, another request of the same element for the URL waits, up to 20 s.
  const isPiece =
    isOpenEnded && format !== 'original' && MEDIA_DESTINATIONS.has(headers.get('sec-fetch-dest') ?? '');
  return { start, end: isPiece ? Math.min(end, start + pieceBytes) : end, status: 206, isPiece };
}

const MEDIA_DESTINATIONS: ReadonlySet<string> = new Set(['audio', 'video']);

/** Opens the storage, so that its errors still have a response of their own, and creates the reader. */
async function openReader(
  { source, files }: MediaServices,
  { id, etag, size }: MediaFile,
  plan: RangePlan,
  options: MediaFileOptions,
  transfer: AbortController,
  permit: TransferPermit,
  report: BytesRequest['report'],
): Promise<BodyReader> {
  const readOptions = { ...options, ifMatch: etag ?? undefined, reusesMemory: true };
  const range = plan.source;
  const stored = range === null ? null : await source.open(id, range, readOptions);
  // Without an ETag the size is all that identifies the file.
  if (stored !== null && stored.size !== size) {
    stored.body.cancel().catch(() => undefined);
    throw new MediaError('changed');
  }
  return createRangeReader({
    plan,
    stored,
    reopen:
      range === null || etag === null || isWeakEtag(etag)
        ? undefined
        : (start) => source.open(id, { start, end: range.end }, readOptions),
    onRead: () => permit.touch(),
    onEnd(error) {
      permit.release();
      if (error instanceof MediaError && error.reason === 'changed') files.forget(id);
      // The response has its status already, and is aborted.
      if (error !== undefined) report(error instanceof MediaError ? error.cause : error);
      transfer.abort();
    },
  });
}
