import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { findUndocumented } from '../routes/openapi-validator.ts';
import { ROOM_SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, start, type EdgeProcess } from './edge-process.ts';

const LIST_ROUTE = '/v1/Rooms/{RoomSid}/Recordings';
const LIST = `/v1/Rooms/${ROOM_SID}/Recordings`;
const EMPTY_LIST = `/v1/Rooms/RM${'0'.repeat(32)}/Recordings`;
const ANY_ETAG = { headers: { 'If-None-Match': '*' } };
const OTHER_ETAG = { headers: { 'If-Match': '"x"' } };

const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
let edge: EdgeProcess;
let origin: string;

beforeAll(async () => {
  const path = join(folder, 'archive.db');
  const archive = await openArchive(path);
  await seed(archive, SEED);
  archive.close();
  const port = await findFreePort();
  origin = `http://127.0.0.1:${port}`;
  const variables = {
    PORT: String(port),
    PUBLIC_URL: origin,
    RECORDINGS_SOURCE: 'archive',
    ACCESS: 'public',
    ARCHIVE_PATH: path,
    MEDIA_PATH: resolve(import.meta.dirname, '../../seed'),
  };
  edge = await start(getStartCommand('start:node'), variables, 'listening on');
});

afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true });
});

describe('the OpenAPI document describes the response of a server to', () => {
  it.each<{
    readonly name: string;
    readonly route: string;
    readonly path: string;
    readonly init?: RequestInit;
    readonly status: number;
  }>([
    { name: 'a list', route: LIST_ROUTE, path: LIST, status: 200 },
    { name: 'a page with links to others', route: LIST_ROUTE, path: `${LIST}?PageSize=2`, status: 200 },
    { name: 'an empty list', route: LIST_ROUTE, path: EMPTY_LIST, status: 200 },
    { name: 'HEAD of a list', route: LIST_ROUTE, path: LIST, init: { method: 'HEAD' }, status: 200 },
    { name: 'an equal ETag of a list', route: LIST_ROUTE, path: LIST, init: ANY_ETAG, status: 304 },
    { name: 'another ETag of a list', route: LIST_ROUTE, path: LIST, init: OTHER_ETAG, status: 412 },
    { name: 'an invalid query of a list', route: LIST_ROUTE, path: `${LIST}?PageSize=0`, status: 400 },
    { name: 'DELETE of a list', route: LIST_ROUTE, path: LIST, init: { method: 'DELETE' }, status: 405 },
    { name: 'OPTIONS of a list', route: LIST_ROUTE, path: LIST, init: { method: 'OPTIONS' }, status: 204 },
  ])('$name: $status', async ({ route, path, init = {}, status }) => {
    const response = await fetch(origin + path, init);
    const received = { status: response.status, headers: response.headers, body: await response.text() };
    expect(received.status).toBe(status);
    expect(findUndocumented(route, init.method ?? 'GET', received)).toEqual([]);
  });
});
