import type { Asked } from './asked.ts';
import { describeFault } from './fault.ts';
import type { LogLine } from './log.ts';
import type { Place } from './place.ts';
import type { Reply } from './reply.ts';

/** The line about a request. Of the URL it has the route and the SIDs alone, never the query. */
export function describeRequest(
  { method }: Asked,
  { route, target }: Place,
  requestId: string,
  { status, error, headers }: Reply,
  startedAt: number,
  endedAt: number,
): LogLine {
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
export function describeInside(requestId: string, startedAt: number, fault: unknown): LogLine {
  return {
    level: 'error',
    time: new Date(startedAt).toISOString(),
    request_id: requestId,
    ...describeFault(fault),
  };
}
