import createClient from 'openapi-fetch';
import type { components, paths } from './dist/openapi.d.ts';

// A program that uses the types that openapi-typescript generates from /openapi.json. openapi-client.test.ts compiles it and runs it.

type Recording = components['schemas']['Recording'];

/** The options of the program: the URL of an edge, and a `fetch`. */
export interface ClientOptions {
  readonly baseUrl: string;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** The results of the program. */
export interface Report {
  readonly codec: Recording['codec'] | undefined;
  readonly errorCode: components['schemas']['Problem']['error'] | undefined;
  readonly pageSize: number | undefined;
  readonly version: string | undefined;
}

/** Reads a recording, a recording that does not exist, a list, and the version of the edge. */
export async function readReport(
  { baseUrl, fetch }: ClientOptions,
  RoomSid: string,
  RecordingSid: string,
): Promise<Report> {
  const client = createClient<paths>({ baseUrl, fetch });
  const path = '/v1/Rooms/{RoomSid}/Recordings/{RecordingSid}';
  const found = await client.GET(path, { params: { path: { RoomSid, RecordingSid } } });
  const missing = await client.GET(path, {
    params: { path: { RoomSid, RecordingSid: `RT${'0'.repeat(32)}` } },
  });
  const page = await client.GET('/v1/Rooms/{RoomSid}/Recordings', {
    params: { path: { RoomSid }, query: { Status: 'completed', PageSize: 20 } },
  });
  const health = await client.GET('/healthz');
  return {
    codec: found.data?.codec,
    errorCode: missing.error?.error,
    pageSize: page.data?.meta.page_size,
    version: health.data?.version,
  };
}

/** Programs that must not compile. */
export function rejectInvalidCalls(client: ReturnType<typeof createClient<paths>>): void {
  // @ts-expect-error the path does not exist
  void client.GET('/v1/Rooms');
  // @ts-expect-error the SID of the room is missing
  void client.GET('/v1/Rooms/{RoomSid}/Recordings');
  const params = { path: { RoomSid: '' } };
  // @ts-expect-error the status does not exist
  void client.GET('/v1/Rooms/{RoomSid}/Recordings', { params: { ...params, query: { Status: 'open' } } });
  // @ts-expect-error the resource is read-only
  void client.DELETE('/v1/Rooms/{RoomSid}/Recordings', { params });
}
