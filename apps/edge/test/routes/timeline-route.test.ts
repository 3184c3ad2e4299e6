import { createRecordingsClient, type Timeline } from '@room-recordings/core';
import { signRoomUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { archiveSource } from '../../src/archive/archive-source.ts';
import { openFolderMedia } from '../../src/archive/media-folder.ts';
import { EDGE_FOLDER, openArchive } from '../../src/archive/sqlite.ts';
import { createArchiveMedia } from '../../src/media/media-source.ts';
import type { FetchFunction } from '../../src/http/types.ts';
import { CLAIMS, createIssuerKey, JWT_ACCESS, signJwt } from '../auth/tokens.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PUBLIC_URL, ROOM_SID } from '../support/recording.ts';

const PATH = `/v1/Rooms/${ROOM_SID}/Timeline`;
const NOW_SECONDS = NOW / 1000;
const SECRET = 's'.repeat(32);
const SIGNED = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `k1:${SECRET}` };
const MEDIA_URL = `${PUBLIC_URL}/v1/Rooms/${ROOM_SID}/Recordings/`;

/** Creates an edge with the seeded archive and its media, and counts the lists and the files that it reads. */
async function createTimelineEdge(
  variables: Readonly<Record<string, string>> = {},
  fetchKeys: FetchFunction = () => Promise.reject(new TypeError('The edge fetched keys.')),
) {
  const archive = await openArchive(':memory:');
  onTestFinished(() => archive.close());
  await seed(archive, SEED);
  const source = archiveSource(archive);
  const media = createArchiveMedia(openFolderMedia(join(EDGE_FOLDER, 'seed')));
  const counts = { lists: 0, opened: 0 };
  const edge = createInProcessEdge({
    source: {
      ...source,
      list(...options) {
        counts.lists += 1;
        return source.list(...options);
      },
    },
    variables,
    services: {
      fetch: fetchKeys,
      media: {
        ...media,
        open(...options) {
          counts.opened += 1;
          return media.open(...options);
        },
      },
    },
  });
  const read = async (search = '', init: RequestInit = {}) => {
    const response = await edge.request(PATH + search, init);
    // A 200 of this route is a timeline.
    return { response, timeline: (await response.json()) as Timeline };
  };
  return { ...edge, counts, read };
}

/** Returns the query of a signed URL of the room. */
async function signRoom(seconds: number, roomSid = ROOM_SID): Promise<string> {
  const keys = [{ id: 'k1', secret: SECRET }];
  const url = await signRoomUrl(`${PUBLIC_URL}/v1/Rooms/${roomSid}`, { keys, now: NOW, expiresIn: seconds });
  return new URL(url).search;
}

const toSources = ({ tracks }: Timeline) => tracks.flatMap(({ sources }) => sources);

describe('GET /v1/Rooms/{RoomSid}/Timeline', () => {
  it('responds with the tracks of the seeded room in the order of their start', async () => {
    const { timeline } = await (await createTimelineEdge()).read();
    expect(timeline.room_sid).toBe(ROOM_SID);
    const played = timeline.tracks.filter(({ sources }) => sources.length > 0);
    expect(played.map(({ codec }) => codec).toSorted()).toEqual(['H264', 'OPUS', 'PCMU', 'VP8']);
    const starts = timeline.tracks.map(({ start }) => start ?? Number.MAX_VALUE);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    // Bob joins later, which stands in the files alone: the offsets are equal.
    expect(new Set(starts).size).toBeGreaterThan(1);
    for (const { start, end, reason } of played) {
      expect([reason, (end ?? 0) > (start ?? 0)]).toEqual([null, true]);
    }
    expect(timeline.start).toBe(Math.min(...starts));
    expect(timeline.end).toBe(Math.max(...timeline.tracks.map(({ end }) => end ?? 0)));
  });

  it('responds with a timeline that the client of core parses without a change', async () => {
    const { read, request } = await createTimelineEdge();
    const client = createRecordingsClient({
      baseUrl: PUBLIC_URL,
      fetch: (url, init) => request(url.slice(PUBLIC_URL.length), init),
    });
    expect(await client.timeline(ROOM_SID)).toEqual((await read()).timeline);
  });

  it('has plain URLs, an ETag and the lifetime of a list if access is public', async () => {
    const { read, request, counts } = await createTimelineEdge();
    const { response, timeline } = await read();
    expect(
      toSources(timeline).map(({ url, expires }) => [url.split('?', 1)[0]?.endsWith('/Media'), expires]),
    ).toEqual(toSources(timeline).map(() => [true, null]));
    const h264 = timeline.tracks.find(({ codec }) => codec === 'H264');
    expect(h264?.sources).toEqual([
      { url: `${MEDIA_URL}${h264?.sid}/Media?format=matroska`, type: 'video/x-matroska', expires: null },
      { url: `${MEDIA_URL}${h264?.sid}/Media`, type: 'video/mp4', expires: null },
    ]);
    expect(response.headers.get('Cache-Control')).toBe(
      'public, max-age=60, stale-while-revalidate=60, stale-if-error=3600',
    );
    const etag = response.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^W\/"/);
    expect((await request(PATH, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const head = await request(PATH, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('ETag')]).toEqual([200, '', etag]);
    expect(counts.lists).toBe(1);
  });

  it.each([
    { name: 'files that may be scanned', variables: {} },
    { name: 'files that are too large for a scan', variables: { MEDIA_SCAN_MAX: '65536' } },
  ])('names the media type of each source: $name', async ({ variables }) => {
    const { read, request } = await createTimelineEdge(variables);
    const sources = toSources((await read()).timeline);
    expect(sources.length).toBeGreaterThanOrEqual(4);
    for (const { url, type } of sources) {
      const { status, headers } = await request(url.slice(PUBLIC_URL.length), { method: 'HEAD' });
      expect([status, headers.get('Content-Type')], url).toEqual([200, type.split(';', 1)[0]]);
    }
  });

  it('signs the URLs of one stored timeline for each caller, until the credential of the caller expires', async () => {
    const { read, request, counts } = await createTimelineEdge(SIGNED);
    const callers = [await signRoom(60), await signRoom(86_400), await signRoom(60)];
    const answers = await Promise.all(callers.map((search) => read(search)));
    expect(counts.lists).toBe(1);
    const [short, long] = answers.map(({ timeline }) => toSources(timeline));
    expect(new Set(short?.map(({ expires }) => expires))).toEqual(new Set([NOW_SECONDS + 60]));
    expect(new Set(long?.map(({ expires }) => expires))).toEqual(new Set([NOW_SECONDS + 3600]));
    expect(answers[2]?.timeline).toEqual(answers[0]?.timeline);
    const urls = [...(short ?? []), ...(long ?? [])].map(({ url }) => url);
    expect(new Set(urls).size).toBe(urls.length);
    for (const url of urls) expect((await request(url.slice(PUBLIC_URL.length))).status).toBe(200);
    // Both differ in their signatures alone.
    const unsign = (timeline?: Timeline) =>
      JSON.stringify(timeline).replaceAll(/&?(?:client|kid|expires|signature)=[^"&]*|"expires":\d+/g, '');
    expect(unsign(answers[1]?.timeline)).toBe(unsign(answers[0]?.timeline));
  });

  it('does not let a cache store signed URLs, and has no ETag', async () => {
    const { request } = await createTimelineEdge(SIGNED);
    const search = await signRoom(60);
    for (const method of ['GET', 'HEAD', 'GET']) {
      const { status, headers } = await request(PATH + search, { method, headers: { 'If-None-Match': '*' } });
      expect(status).toBe(200);
      expect(headers.get('Cache-Control')).toBe('private, no-store');
      expect(headers.get('ETag')).toBeNull();
      expect(headers.get('Cache-Status')).toMatch(/^room-recordings; (?:hit|fwd)/);
      expect(Number(headers.get('Content-Length'))).toBeGreaterThan(1_000);
    }
  });

  it('never repeats the signature of the caller', async () => {
    const { read } = await createTimelineEdge(SIGNED);
    const search = await signRoom(60);
    const signature = new URLSearchParams(search).get('signature') ?? '';
    expect(JSON.stringify((await read(search)).timeline)).not.toContain(signature);
  });

  it('opens the timeline of its own room alone', async () => {
    const { request } = await createTimelineEdge(SIGNED);
    expect((await request(PATH + (await signRoom(60, `RM${'b'.repeat(32)}`)))).status).toBe(403);
    expect((await request(PATH)).status).toBe(403);
  });

  it('gives tracks no sources with MEDIA=off, and reads no file', async () => {
    const { read, counts } = await createTimelineEdge({ MEDIA: 'off' });
    const { timeline } = await read();
    expect(timeline.tracks.map(({ sources, reason }) => [sources, reason])).toEqual(
      timeline.tracks.map(() => [[], 'off']),
    );
    expect(counts.opened).toBe(0);
  });

  it('gives tracks their times and no sources without a secret that could sign URLs', async () => {
    const key = await createIssuerKey('ES256', 'k');
    const { read } = await createTimelineEdge(JWT_ACCESS, async () => Response.json({ keys: [key.jwk] }));
    const Authorization = `Bearer ${await signJwt(key, { ...CLAIMS })}`;
    const { response, timeline } = await read('', { headers: { Authorization } });
    expect(response.headers.get('Cache-Control')).toBe('private, no-store');
    expect(timeline.tracks.map(({ sources, reason }) => [sources, reason])).toEqual(
      timeline.tracks.map(() => [[], 'no_signing_key']),
    );
    expect(timeline.end).toBeGreaterThan(30);
  });

  it('responds to an unknown room with 200 and an empty timeline', async () => {
    const { request } = await createTimelineEdge();
    const roomSid = `RM${'9'.repeat(32)}`;
    const response = await request(`/v1/Rooms/${roomSid}/Timeline`);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=10');
    expect(await response.json()).toEqual({ room_sid: roomSid, start: null, end: null, tracks: [] });
  });

  it('rejects parameters before the source is called', async () => {
    const { request, counts } = await createTimelineEdge();
    const response = await request(`${PATH}?PageSize=1`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_query' });
    expect(counts).toEqual({ lists: 0, opened: 0 });
  });

  it('reads the heads of the files once for two timelines', async () => {
    const { read, counts } = await createTimelineEdge({ LIFETIME_LIST: '0/0/0' });
    await read();
    const { opened } = counts;
    await read();
    expect(counts).toEqual({ lists: 2, opened });
  });
});
