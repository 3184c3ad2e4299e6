import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { timelineSchema } from '@room-recordings/core';
import { signRoomUrl } from '@room-recordings/core/signing';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { findUndocumented, type ReceivedResponse } from '../routes/openapi-validator.ts';
import { ROOM_SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, start, type EdgeProcess } from './edge-process.ts';

const LIST_ROUTE = '/v1/Rooms/{RoomSid}/Recordings';
const TIMELINE_ROUTE = '/v1/Rooms/{RoomSid}/Timeline';
const MEDIA_ROUTE = `${LIST_ROUTE}/{RecordingSid}/Media`;
const LIST = `/v1/Rooms/${ROOM_SID}/Recordings`;
const EMPTY_LIST = `/v1/Rooms/RM${'0'.repeat(32)}/Recordings`;
const TIMELINE = `/v1/Rooms/${ROOM_SID}/Timeline`;
const EMPTY_TIMELINE = `/v1/Rooms/RM${'0'.repeat(32)}/Timeline`;
const ANY_ETAG = { headers: { 'If-None-Match': '*' } };
const OTHER_ETAG = { headers: { 'If-Match': '"x"' } };

const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
const ARCHIVE = join(folder, 'archive.db');
const KEYS = [{ id: 'a', secret: 'a'.repeat(32) }];
const running: EdgeProcess[] = [];
let origin: string;
let signedOrigin: string;

/** Starts an edge that serves the seeded archive, and returns its origin. */
async function startEdge(access: Readonly<Record<string, string>>): Promise<string> {
  const port = await findFreePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const variables = {
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    RECORDINGS_SOURCE: 'archive',
    ARCHIVE_PATH: ARCHIVE,
    MEDIA_PATH: resolve(import.meta.dirname, '../../seed'),
    ...access,
  };
  running.push(await start(getStartCommand('start:node'), variables, 'listening on'));
  return publicUrl;
}

beforeAll(async () => {
  const archive = await openArchive(ARCHIVE);
  await seed(archive, SEED);
  archive.close();
  origin = await startEdge({ ACCESS: 'public' });
  const keys = KEYS.map(({ id, secret }) => `${id}:${secret}`).join();
  signedOrigin = await startEdge({ ACCESS: 'signed-url', URL_SIGNING_KEYS: keys });
});

afterAll(async () => {
  for (const edge of running) await edge.stop();
  rmSync(folder, { recursive: true });
});

/** Returns the path of the media of a seeded recording. */
function toMediaPath(digits: string, query = ''): string {
  const row = SEED.find(({ sid }) => sid === `RT${digits.repeat(32 / digits.length)}`);
  if (row === undefined) throw new Error(`The seed has no recording RT${digits}….`);
  return `/v1/Rooms/${row.room_sid}/Recordings/${row.sid}/Media${query}`;
}

const toRange = (range: string) => ({ headers: { Range: range } });

/** The requests for timelines. */
const TIMELINE_ROWS = [
  { name: 'a timeline', path: TIMELINE, status: 200 },
  { name: 'the timeline of an empty room', path: EMPTY_TIMELINE, status: 200 },
  { name: 'a timeline without media', path: `/v1/Rooms/RM${'c'.repeat(32)}/Timeline`, status: 200 },
  { name: 'HEAD of a timeline', path: TIMELINE, init: { method: 'HEAD' }, status: 200 },
  { name: 'an equal ETag of a timeline', path: TIMELINE, init: ANY_ETAG, status: 304 },
  { name: 'another ETag of a timeline', path: TIMELINE, init: OTHER_ETAG, status: 412 },
  { name: 'an unknown parameter of a timeline', path: `${TIMELINE}?Status=completed`, status: 400 },
  { name: 'DELETE of a timeline', path: TIMELINE, init: { method: 'DELETE' }, status: 405 },
].map((row) => ({ ...row, route: TIMELINE_ROUTE }));

/** The requests for media. */
const MEDIA_ROWS = [
  { name: 'OPUS as WebM', path: toMediaPath('a'), status: 200 },
  { name: 'VP8 as WebM', path: toMediaPath('a1'), status: 200 },
  { name: 'H264 as MP4', path: toMediaPath('a3'), status: 200 },
  { name: 'H264 as Matroska', path: toMediaPath('a3', '?format=matroska'), status: 200 },
  { name: 'PCMU as WAV', path: toMediaPath('a4'), status: 200 },
  { name: 'the original file', path: toMediaPath('a4', '?format=original'), status: 200 },
  { name: 'HEAD of media', path: toMediaPath('a'), init: { method: 'HEAD' }, status: 200 },
  { name: 'a range of media', path: toMediaPath('a1'), init: toRange('bytes=0-99'), status: 206 },
  { name: 'the end of media', path: toMediaPath('a3'), init: toRange('bytes=-10'), status: 206 },
  { name: 'an equal ETag of media', path: toMediaPath('a'), init: ANY_ETAG, status: 304 },
  { name: 'an unknown format', path: toMediaPath('a', '?format=mp3'), status: 400 },
  { name: 'media that is processed', path: toMediaPath('b1'), status: 404 },
  { name: 'the media of a failed recording', path: toMediaPath('c1'), status: 404 },
  { name: 'the media of a data track', path: toMediaPath('c4'), status: 404 },
  { name: 'media without a file', path: toMediaPath('c3'), status: 404 },
  { name: 'DELETE of media', path: toMediaPath('a'), init: { method: 'DELETE' }, status: 405 },
  { name: 'media of a deleted recording', path: toMediaPath('c2'), status: 410 },
  { name: 'another ETag of media', path: toMediaPath('a'), init: OTHER_ETAG, status: 412 },
  { name: 'a range after the end', path: toMediaPath('a'), init: toRange('bytes=999999-'), status: 416 },
].map((row) => ({ ...row, route: MEDIA_ROUTE }));

async function receive(url: string, init: RequestInit = {}): Promise<ReceivedResponse> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
}

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
    ...MEDIA_ROWS,
    ...TIMELINE_ROWS,
  ])('$name: $status', async ({ route, path, init = {}, status }) => {
    const received = await receive(origin + path, init);
    expect(received.status).toBe(status);
    expect(findUndocumented(route, init.method ?? 'GET', received)).toEqual([]);
  });

  it('a signed room URL: 200 with signed sources, each of which is 206', async () => {
    const room = `${signedOrigin}/v1/Rooms/${ROOM_SID}`;
    const { search } = new URL(await signRoomUrl(room, { keys: KEYS, expiresIn: 600 }));
    const timeline = await receive(`${room}/Timeline${search}`);
    expect(findUndocumented(TIMELINE_ROUTE, 'GET', timeline)).toEqual([]);
    const { tracks } = v.parse(timelineSchema, JSON.parse(timeline.body));
    const sources = tracks.flatMap((track) => track.sources);
    expect(sources).toHaveLength(5);
    for (const { url } of sources) {
      const media = await receive(url, toRange('bytes=0-9'));
      expect(media.status).toBe(206);
      expect(findUndocumented(MEDIA_ROUTE, 'GET', media)).toEqual([]);
    }
  });
});
