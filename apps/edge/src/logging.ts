import { RecordingsError } from '@room-recordings/core';
import type { ErrorCode } from './http/error-codes.ts';
import type { HttpRequest, HttpResponse } from './http/types.ts';
import type { RouteMatch } from './routes/router.ts';

/** The least severe level that is written. `info` includes one entry per request, `debug` the reason of each denied request. */
export type LogLevel = 'silent' | 'error' | 'info' | 'debug';

/** The level of an entry. */
type EntryLevel = Exclude<LogLevel, 'silent'>;

/** The members that describe an error: codes and names, never a message, because a message may repeat a secret. */
type ErrorMembers = {
  /** The code of a `RecordingsError`, else the name of the error, else the type of the thrown value. */
  readonly error?: string | undefined;
  /** The code of the innermost cause, such as ECONNREFUSED. */
  readonly cause?: string | undefined;
  /** The first three frames of the stack. */
  readonly stack?: string | undefined;
  readonly upstream_status?: number | undefined;
  readonly twilio_code?: number | undefined;
  readonly twilio_request_id?: string | undefined;
};

/** The members of each event beside `time`, `level`, `event` and `msg`. */
interface EventMembers {
  /** A request was answered. */
  'request.completed': {
    readonly request_id: string;
    readonly method: string;
    readonly route: string;
    readonly status: number;
    /** The error code of the problem document. */
    readonly code: ErrorCode | undefined;
    readonly cache_status: string | undefined;
    readonly duration_ms: number;
    readonly room_sid: string | undefined;
    readonly recording_sid: string | undefined;
    /** The client, in the response to a rate-limited request. */
    readonly client: string | undefined;
    /** The origin of a page that may not read the response. */
    readonly origin: string | undefined;
  };
  /** A defect of the edge prevented a response other than 500. */
  'request.failed': { readonly request_id: string } & ErrorMembers;
  /** A read of the recording source failed. */
  'upstream.read_failed': {
    /** The request that caused the read. Further requests may have waited for it. */
    readonly request_id: string;
    readonly code: ErrorCode;
    /** True if an operator must act: the credentials or the account were rejected. */
    readonly alert: true | undefined;
    readonly attempts: number;
    readonly duration_ms: number;
    readonly room_sid: string;
    /** Undefined for a list or a timeline. */
    readonly recording_sid: string | undefined;
  } & ErrorMembers;
  /** The media of a recording could not be read. */
  'media.read_failed': { readonly request_id: string } & ErrorMembers;
  /** A room lookup for a token failed. */
  'upstream.room_lookup_failed': {
    /** The request that caused the lookup. Further requests may have waited for it. */
    readonly request_id: string;
    readonly alert: true | undefined;
    readonly room_sid: string;
  } & ErrorMembers;
  /** A request was not authorized. */
  'auth.denied': { readonly request_id: string; readonly code: ErrorCode; readonly reason: string };
  /** An access strategy threw an error. */
  'auth.strategy_failed': { readonly request_id: string } & ErrorMembers;
  /** The JWKS of the issuer could not be fetched. */
  'auth.jwks_fetch_failed': { readonly request_id: string } & ErrorMembers;
  /** The rate limiter of Workers threw an error, and the request was allowed. */
  'rate_limit.binding_failed': ErrorMembers;
  /** A response could not be written. */
  'server.request_failed': ErrorMembers;
  /** The server could not accept a connection. */
  'server.accept_failed': { readonly failures?: number } & ErrorMembers;
  /** The server dropped connections above its limit. */
  'server.connections_dropped': { readonly max_connections: number; readonly dropped: number };
  /** The reader of the log was too slow, and entries were dropped. */
  'log.entries_dropped': { readonly dropped: number };
}

type EventName = keyof EventMembers;

/** Levels and messages by event. A failed request has level `error` instead of `info`. */
export const EVENTS: Readonly<Record<EventName, readonly [level: EntryLevel, msg: string]>> = {
  'request.completed': ['info', 'Request completed'],
  'request.failed': ['error', 'Request failed'],
  'upstream.read_failed': ['error', 'Reading a recording from its source failed'],
  'media.read_failed': ['error', 'Reading the media of a recording failed'],
  'upstream.room_lookup_failed': ['error', 'Looking up a room at Twilio failed'],
  'auth.denied': ['debug', 'Request not authorized'],
  'auth.strategy_failed': ['error', 'An access strategy failed'],
  'auth.jwks_fetch_failed': ['error', 'Fetching the JWKS of the issuer failed'],
  'rate_limit.binding_failed': ['error', 'The rate limiter of Workers failed'],
  'server.request_failed': ['error', 'Writing a response failed'],
  'server.accept_failed': ['error', 'Accepting a connection failed'],
  'server.connections_dropped': ['error', 'Connections above the limit were dropped'],
  'log.entries_dropped': ['error', 'Log entries were dropped'],
};

/** The entry of one event. */
type EntryOf<Name extends EventName> = {
  /** RFC 3339, of the wall clock. */
  readonly time: string;
  readonly level: EntryLevel;
  readonly event: Name;
  readonly msg: string;
} & EventMembers[Name];

/** One entry of the log, a line of JSON. It never holds a token, a signature, a secret, a query string or a message of an error. */
export type LogEntry = { readonly [Name in EventName]: EntryOf<Name> }[EventName];

/** Writes the entries of one process or isolate. */
export interface Logger {
  /** Returns whether entries of a level are written, so that a caller can skip making one. */
  wants(level: EntryLevel): boolean;
  write(entry: LogEntry): void;
}

const SEVERITY = { silent: 0, error: 1, info: 2, debug: 3 } as const;

/** Creates a logger that writes entries of the given level and above, each as one line of JSON. */
export function createLogger(level: LogLevel, write: (text: string) => void): Logger {
  const wants = (wanted: EntryLevel) => SEVERITY[wanted] <= SEVERITY[level];
  return {
    wants,
    write: (entry) => {
      if (wants(entry.level)) write(JSON.stringify(entry));
    },
  };
}

/**
 * Creates the entry of an event.
 *
 * @param now milliseconds since 1970.
 */
export function logEntry<Name extends EventName>(
  event: Name,
  now: number,
  members: EventMembers[Name],
): EntryOf<Name> {
  const [level, msg] = EVENTS[event];
  return { time: formatTime(now), level, event, msg, ...members };
}

/**
 * Creates the entry of a completed request. The URL is represented by its route and its SIDs, never by its query.
 *
 * @param startedAt milliseconds since 1970, like `endedAt`.
 */
export function requestCompleted(
  { method, headers: requestHeaders }: HttpRequest,
  { route, target }: RouteMatch,
  requestId: string,
  { status, code, client, headers }: HttpResponse,
  startedAt: number,
  endedAt: number,
): LogEntry {
  return {
    time: formatTime(startedAt),
    level: status >= 500 ? 'error' : 'info',
    event: 'request.completed',
    msg: EVENTS['request.completed'][1],
    request_id: requestId,
    method,
    route: route?.name ?? 'none',
    status,
    code,
    cache_status: findHeader(headers, 'cache-status'),
    duration_ms: endedAt - startedAt,
    room_sid: target?.id.roomSid,
    recording_sid: target?.id.sid,
    client,
    origin: disallowedOrigin(requestHeaders.get('origin'), headers),
  };
}

let formattedTime = Number.NaN;
let formatted = '';

/** Formats milliseconds since 1970. The last result is reused, because many cache hits share a millisecond. */
function formatTime(now: number): string {
  if (now !== formattedTime) [formattedTime, formatted] = [now, new Date(now).toISOString()];
  return formatted;
}

const REQUEST_ID = /^[\w-]{1,64}$/;

/** Describes an error by codes and names. Messages are left out, because a source may repeat a secret in them. */
export function serializeError(error: unknown): ErrorMembers {
  if (error === undefined) return {};
  if (error instanceof RecordingsError) {
    const { code, status, twilioCode, requestId } = error;
    return {
      error: code,
      cause: rootCauseCode(error),
      upstream_status: status,
      twilio_code: twilioCode,
      // A header of the source, so its syntax is checked.
      twilio_request_id: requestId !== undefined && REQUEST_ID.test(requestId) ? requestId : undefined,
    };
  }
  return error instanceof Error ? { error: error.name, stack: stackFrames(error) } : { error: typeof error };
}

/** Returns the code of the innermost cause that has one, such as ECONNREFUSED. */
function rootCauseCode({ cause }: Error): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return rootCauseCode(cause) ?? code;
}

/** Returns the first frames of a stack. The message before them is removed first: one of its lines may look like a frame. */
function stackFrames({ message, stack = '' }: Error): string {
  const start = stack.indexOf(message);
  if (start < 0) return '';
  const frames = stack
    .slice(start + message.length)
    .split('\n')
    .map((line) => line.trim());
  return frames
    .filter((line) => line.startsWith('at '))
    .slice(0, 3)
    .join(' ');
}

/** A serialized origin. Anything else in the Origin header may hold a secret, and stays out of the log. */
const ORIGIN = /^(?:null|[a-z][a-z\d+.-]{0,31}:\/\/[^\s/?#@]{1,255})$/;

/** Returns the origin of a page that CORS does not let read this response. */
function disallowedOrigin(
  origin: string | null | undefined,
  headers: HttpResponse['headers'],
): string | undefined {
  if (typeof origin !== 'string' || !ORIGIN.test(origin)) return undefined;
  return findHeader(headers, 'access-control-allow-origin') === undefined ? origin : undefined;
}

function findHeader(headers: HttpResponse['headers'], name: string): string | undefined {
  return headers.find(([other]) => other === name)?.[1];
}
