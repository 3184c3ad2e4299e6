import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import document from '../../src/routes/openapi.json' with { type: 'json' };
import { failWithStatus, findDeleted } from '../support/fake-source.ts';
import { findNothing, PATH, RECORDING, ROOM_SID, SID } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { findUndocumented } from './openapi-validator.ts';

const RECORDING_ROUTE = '/v1/Rooms/{RoomSid}/Recordings/{RecordingSid}';
const APP = { Origin: 'https://app.example.com' };
const KEY = 'a'.repeat(32);
const WITH_TOKENS = {
  ACCESS: 'twilio-token',
  TWILIO_ACCOUNT_SID: `AC${KEY}`,
  TWILIO_API_KEY: `SK${KEY}`,
  TWILIO_API_SECRET: KEY,
};
const WITH_KEYS = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `a:${KEY}` };
const LIMITED = { RATE_LIMIT: '1/60' };

/** One request, and the edge that receives it. */
interface Row {
  readonly name: string;
  /** The path of the route in the document. Default: that of a recording. */
  readonly route?: string;
  readonly path?: string;
  readonly init?: RequestInit;
  readonly read?: RecordingSource['read'];
  readonly variables?: Readonly<Record<string, string>>;
  /** The number of requests for the recording before this one. */
  readonly before?: number;
  readonly status: number;
}

const failAs =
  (code: RecordingsError['code']): RecordingSource['read'] =>
  () =>
    Promise.reject(new RecordingsError(code, 'No.'));

/** A recording whose serialization fails, as with a defect of the edge. */
const findBroken: RecordingSource['read'] = () => {
  const broken = {
    get status(): never {
      throw new TypeError('A defect.');
    },
  };
  return Promise.resolve(broken as never);
};

const ROWS: readonly Row[] = [
  { name: 'a recording', status: 200 },
  { name: 'HEAD of a recording', init: { method: 'HEAD' }, status: 200 },
  { name: 'a stored recording', before: 1, status: 200 },
  {
    name: 'a recording with hidden attributes',
    variables: { HIDDEN_FIELDS: 'size,grouping_sids' },
    status: 200,
  },
  {
    name: 'a recording for a listed origin with credentials',
    init: { headers: APP },
    variables: { ALLOWED_ORIGINS: APP.Origin, ALLOW_CREDENTIALS: 'true', SERVER_TIMING: 'true' },
    status: 200,
  },
  {
    name: 'a recording without null attributes',
    read: () => Promise.resolve({ ...RECORDING, media_external_location: 'https://bucket.example.com/' }),
    status: 200,
  },
  { name: 'an equal ETag', init: { headers: { 'If-None-Match': '*' } }, status: 304 },
  {
    name: 'an invalid token',
    init: { headers: { Authorization: 'Bearer x' } },
    variables: WITH_TOKENS,
    status: 401,
  },
  { name: 'a recording that does not exist', read: findNothing, status: 404 },
  { name: 'a path that does not exist', path: '/nothing', status: 404 },
  { name: 'a deleted recording', read: findDeleted, status: 410 },
  { name: 'another ETag', init: { headers: { 'If-Match': '"x"' } }, status: 412 },
  { name: 'a defect of the edge', read: findBroken, status: 500 },
  { name: 'a failed source', read: failAs('network'), status: 502 },
  { name: 'rejected credentials', read: failAs('unauthorized'), status: 502 },
  { name: 'a source that is unavailable', read: failWithStatus(503), status: 503 },
  { name: 'a timeout of the source', read: failAs('timeout'), status: 504 },
  { name: 'OPTIONS', init: { method: 'OPTIONS' }, status: 204 },
  {
    name: 'a preflight',
    init: { method: 'OPTIONS', headers: { ...APP, 'Access-Control-Request-Method': 'GET' } },
    variables: { ALLOWED_ORIGINS: APP.Origin },
    status: 204,
  },
  {
    name: 'a preflight of another origin',
    init: { method: 'OPTIONS', headers: { ...APP, 'Access-Control-Request-Method': 'GET' } },
    status: 403,
  },
  ...['/healthz', '/readyz', '/errors', '/openapi.json'].flatMap((path) => [
    { name: path, route: path, path, status: 200 },
    { name: `HEAD of ${path}`, route: path, path, init: { method: 'HEAD' }, status: 200 },
    { name: `POST of ${path}`, route: path, path, init: { method: 'POST' }, status: 405 },
    { name: `OPTIONS of ${path}`, route: path, path, init: { method: 'OPTIONS' }, status: 204 },
  ]),
  {
    name: '/readyz of a misconfigured edge',
    route: '/readyz',
    path: '/readyz',
    variables: { ACCESS: '' },
    status: 503,
  },
];

/** The responses of a route before its source is read. */
function listAccessRows(route: string, path: string): readonly Row[] {
  const signed = `${path}?kid=a&expires=9999999999&signature=x`;
  const invalid = path.replace(ROOM_SID, 'x');
  return [
    { name: `an invalid SID for ${route}`, route, path: invalid, status: 400 },
    { name: `a missing token for ${route}`, route, path, variables: WITH_TOKENS, status: 401 },
    { name: `an invalid signature for ${route}`, route, path: signed, variables: WITH_KEYS, status: 403 },
    { name: `DELETE of ${route}`, route, path, init: { method: 'DELETE' }, status: 405 },
    { name: `a long query of ${route}`, route, path: `${path}?${'a'.repeat(2049)}`, status: 414 },
    { name: `too many requests for ${route}`, route, path, variables: LIMITED, before: 1, status: 429 },
    { name: `a misconfigured edge for ${route}`, route, path, variables: { ACCESS: '' }, status: 503 },
    { name: `OPTIONS of ${route}`, route, path, init: { method: 'OPTIONS' }, status: 204 },
  ];
}

const ACCESS_ROWS = [
  ...listAccessRows(RECORDING_ROUTE, PATH),
  ...listAccessRows('/v1/Rooms/{RoomSid}/Recordings', `/v1/Rooms/${ROOM_SID}/Recordings`),
  ...listAccessRows('/v1/Rooms/{RoomSid}/Timeline', `/v1/Rooms/${ROOM_SID}/Timeline`),
  ...listAccessRows(`${RECORDING_ROUTE}/Media`, `${PATH}/Media`),
];

describe('the OpenAPI document describes the response to', () => {
  it.each([...ROWS, ...ACCESS_ROWS])('$name: $status', async (row) => {
    const { route = RECORDING_ROUTE, path = PATH, init = {}, read, variables = {}, before = 0 } = row;
    const edge = createTestEdge(read, variables);
    for (let count = 0; count < before; count += 1) await edge.request();
    const response = await edge.request(path, init);
    const received = {
      status: response.status,
      headers: response.headers,
      body: await response.text(),
    };
    expect(received.status).toBe(row.status);
    expect(findUndocumented(route, init.method ?? 'GET', received)).toEqual([]);
  });

  it('each status of a recording but 421, which needs more than eight host names', () => {
    const { get } = document.paths[RECORDING_ROUTE];
    const covered = new Set([...ROWS, ...ACCESS_ROWS].map(({ status }) => String(status)));
    expect(Object.keys(get.responses).filter((status) => !covered.has(status))).toEqual(['421']);
    expect(SID).toMatch(new RegExp(document.components.parameters.RecordingSid.schema.pattern));
  });
});
