import type { HttpRequest } from './http/types.ts';
import { serializeError } from './recordings/upstream-error.ts';
import type { LogEntry } from './logging.ts';
import type { RouteMatch } from './routes/router.ts';
import type { HttpResponse } from './reply.ts';

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
