import { RecordingsError, type RoomRecording } from '@room-recordings/core';
import type { OriginFetch, CachedResponse } from '@room-recordings/http-cache';
import { type ErrorCode, PROBLEM_TYPES, isErrorCode } from '../http/error-codes.ts';
import { type LogEntry, serializeError } from '../logging.ts';
import { RememberedError, shouldAlert, CallNotPermittedError } from '../twilio/resilience/errors.ts';
import type { RecordingRef } from '@room-recordings/core';
import { recordingCacheControl, type CacheLifetimes } from './cache-control.ts';
import type { RecordingSource } from './recording-source.ts';
import { nullFields, type HidableField, weakEtag, serializeRecording } from './serialize.ts';
import { toOriginFailure, type OriginFailure } from './upstream-error.ts';

/** What stands behind the cache: a source, and how long its answers live. */
export interface OriginOptions {
  readonly source: RecordingSource;
  readonly lifetimes: CacheLifetimes;
  /** Attributes that are null before anything is stored, so that no store ever holds them. */
  readonly hiddenFields: readonly HidableField[];
  /** Whether stale answers may be served when the source refuses the credentials. */
  readonly staleOnUpstreamAuth: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes a line about each read that failed. */
  readonly report: (line: LogEntry) => void;
}

/** What a read is of, and whom it is for: it goes beside the request, and is no part of what is stored. */
export interface ReadContext {
  readonly id: RecordingRef;
  readonly publicUrl: string;
  /** Whom its calls are counted for. */
  readonly caller: string;
}

/**
 * The way down, as the `fetch` that the cache stands in front of: source, representation, freshness. What it answers
 * does not depend on who asks. It throws `Withheld` alone.
 */
export function createOriginFetch(origin: OriginOptions): OriginFetch<ReadContext> {
  const { source, lifetimes, staleOnUpstreamAuth, now, report } = origin;
  const cover = nullFields(origin.hiddenFields);
  return async (_request, context) => {
    if (context === undefined) throw new TypeError('The cache asked for no recording.');
    const { id, publicUrl, caller } = context;
    const startedAt = now();
    let tries = 0;
    let recording: RoomRecording;
    try {
      recording = await source.read(id, { caller, onCall: () => (tries += 1) });
    } catch (fault) {
      if (fault instanceof CallNotPermittedError) throw fault;
      const failed = toOriginFailure(fault, lifetimes);
      // Of a read that was not made the request's own line tells enough.
      const wasMade = tries > 0 || !(fault instanceof RememberedError);
      if (failed.status >= 500 && wasMade) {
        report({ ...describeFailure(failed, fault, id, startedAt, now()), tries });
      }
      return dated(
        encodeOriginResult(staleOnUpstreamAuth ? failed : withUpstreamStatus(failed, fault)),
        now(),
      );
    }
    const body = serializeRecording(recording, id, publicUrl, cover);
    const cacheControl = recordingCacheControl(recording.status, lifetimes);
    return dated(encodeOriginResult({ body, etag: await weakEtag(body), cacheControl }), now());
  };
}

/** The cache counts by a clock for durations, so that the date comes from here; `now` is milliseconds since 1970. */
function dated(response: Response, now: number): Response {
  response.headers.set('date', new Date(now).toUTCString());
  return response;
}

/** The cache is told of a 401 or 403, so that it serves nothing stale: someone may have revoked the access on purpose. */
function withUpstreamStatus(failed: OriginFailure, fault: unknown): OriginFailure {
  const isRefused = failed.error === 'upstream_auth' && fault instanceof RecordingsError;
  return isRefused ? { ...failed, status: fault.status ?? failed.status } : failed;
}

/** A read may serve many requests, or none that still waits: it has a line of its own. */
function describeFailure(
  { error }: OriginFailure,
  fault: unknown,
  { roomSid, sid }: RecordingRef,
  startedAt: number,
  endedAt: number,
): LogEntry {
  return {
    level: 'error',
    time: new Date(startedAt).toISOString(),
    upstream: error,
    alarm: shouldAlert(fault) || undefined,
    ms: endedAt - startedAt,
    room_sid: roomSid,
    recording_sid: sid,
    ...serializeError(fault),
  };
}

/** What reading a recording came to, before anything that depends on who asked. */
export type OriginResult = Found | OriginFailure;

/** A recording, its bytes and validator made once. */
interface Found {
  /** The canonical JSON text. */
  readonly body: string;
  /** Weak, from the bytes alone. */
  readonly etag: string;
  readonly cacheControl: string;
}

/** Tells this edge's own error across the cache; no client sees it. */
const ERROR = 'error-code';

/**
 * Puts an answer into the form that the cache keeps: identity bytes, a ready ETag and length, and the Cache-Control that
 * the cache obeys. Nothing that depends on who asks is in it, since one entry serves everyone.
 */
export function encodeOriginResult(answer: OriginResult): Response {
  if ('error' in answer) return sealFailure(answer);
  const body = new TextEncoder().encode(answer.body);
  const headers = {
    'cache-control': answer.cacheControl,
    'content-length': String(body.byteLength),
    'content-type': 'application/json',
    etag: answer.etag,
  };
  return new Response(body, { headers });
}

/** By its status the cache decides what may be served instead: for 502, 503 and 504 what is stale, for 401 nothing. */
function sealFailure({ status, error, detail, cacheControl, retryAfter }: OriginFailure): Response {
  const headers = new Headers({ 'cache-control': cacheControl, [ERROR]: error });
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return new Response(detail, { status, headers });
}

/** Reads a failure that came out of the cache, stored or not. */
export function decodeOriginError({ headers, body }: CachedResponse): {
  readonly error: ErrorCode;
  readonly detail: string;
} {
  const code = headers.find(([name]) => name === ERROR)?.[1] ?? '';
  const error = isErrorCode(code) ? code : 'internal';
  return { error, detail: body === null ? PROBLEM_TYPES[error].help : new TextDecoder().decode(body) };
}
