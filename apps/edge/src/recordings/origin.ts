import { RecordingsError, type RoomRecording } from '@room-recordings/core';
import type { Fetch } from '@room-recordings/http-cache';
import type { OriginFailure } from '../answer.ts';
import { serializeError, toOriginFailure } from './upstream-error.ts';
import { recordingCacheControl } from './cache-control.ts';
import { nullFields, type HidableField } from '../hidden-fields.ts';
import type { CacheLifetimes } from '../lifetime.ts';
import type { LogEntry } from '../logging.ts';
import { weakEtag, serializeRecording } from './serialize.ts';
import type { RecordingId } from '../route.ts';
import { encodeOriginResult } from '../sealed.ts';
import type { RecordingSource } from './recording-source.ts';
import { RememberedError } from '../upstream/remembered-failure.ts';
import { shouldAlert } from '../upstream/verdict.ts';
import { CallNotPermittedError } from '../twilio/resilience/errors.ts';

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
  readonly id: RecordingId;
  readonly publicUrl: string;
  /** Whom its calls are counted for. */
  readonly caller: string;
}

/**
 * The way down, as the `fetch` that the cache stands in front of: source, representation, freshness. What it answers
 * does not depend on who asks. It throws `Withheld` alone.
 */
export function createOriginFetch(origin: OriginOptions): Fetch<ReadContext> {
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
  { roomSid, sid }: RecordingId,
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
