import { RecordingsError } from '@room-recordings/core';
import type { HttpRequest, HttpResponse } from './http/types.ts';
import type { RouteMatch } from './routes/router.ts';

/** How much is logged: every request at `info`, what failed at `error`. */
export type LogLevel = 'silent' | 'error' | 'info' | 'debug';

/** One line of the log. It never holds a token, a signature, a secret or a query string. */
export interface LogEntry {
  readonly level: 'error' | 'info' | 'debug';
  readonly [field: string]: string | number | boolean | undefined;
}

/** Takes lines. */
export interface Logger {
  /** Whether lines of a level are wanted: one that is not needs not be made. */
  wants(level: LogEntry['level']): boolean;
  write(line: LogEntry): void;
}

const RANK = { silent: 0, error: 1, info: 2, debug: 3 } as const;

/** Writes lines of the given level and above, each as one line of JSON. */
export function createLogger(level: LogLevel, write: (text: string) => void): Logger {
  const wants = (wanted: LogEntry['level']) => RANK[wanted] <= RANK[level];
  return {
    wants,
    write: (line) => {
      if (wants(line.level)) write(JSON.stringify(line));
    },
  };
}

/** The line about a request. Of the URL it has the route and the SIDs alone, never the query. */
export function requestEvent(
  { method }: HttpRequest,
  { route, target }: RouteMatch,
  requestId: string,
  { status, error, headers }: HttpResponse,
  startedAt: number,
  endedAt: number,
): LogEntry {
  return {
    level: status >= 500 ? 'error' : 'info',
    time: new Date(startedAt).toISOString(),
    request_id: requestId,
    method,
    route: route?.name ?? 'none',
    status,
    error,
    cache: headers.find(([name]) => name === 'cache-status')?.[1],
    ms: endedAt - startedAt,
    room_sid: target?.id.roomSid,
    recording_sid: target?.id.sid,
  };
}

/** The line about a fault of the edge itself, beside that about the request. */
export function internalErrorEvent(requestId: string, startedAt: number, fault: unknown): LogEntry {
  return {
    level: 'error',
    time: new Date(startedAt).toISOString(),
    request_id: requestId,
    ...serializeError(fault),
  };
}

/** What the log tells of a fault: codes and names, never a message, because a source may echo what it was sent. */
export function serializeError(fault: unknown): Readonly<Record<string, string | number | undefined>> {
  if (fault === undefined) return {};
  if (fault instanceof RecordingsError) {
    const { code, status, twilioCode } = fault;
    return { fault: code, cause: causeOf(fault), upstream_status: status, twilio_code: twilioCode };
  }
  return fault instanceof Error ? { fault: fault.name, at: placeOf(fault) } : { fault: typeof fault };
}

/** The code of the innermost cause that has one, such as ECONNREFUSED. */
function causeOf({ cause }: Error): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return causeOf(cause) ?? code;
}

/** The first frames of the stack. The message above them is cut off first: a line of it may look like a frame. */
function placeOf({ message, stack = '' }: Error): string {
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
