import type { Timeline } from '@room-recordings/core';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import type { FetchFunction } from '../../src/http/types.ts';
import { MediaError } from '../../src/media/media-source.ts';
import { createTimelineLoader, type ReadTrackFile, type TrackFile } from '../../src/media/timeline-loader.ts';
import { createTwilioMedia } from '../../src/media/twilio-media.ts';
import { createResilientCalls } from '../../src/twilio/resilience/resilient-calls.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { readSeedMedia } from '../support/media-edge.ts';
import { DEFAULT_CACHE_LIFETIMES } from '../../src/recordings/cache-control.ts';
import {
  findNothing,
  listNothing,
  PUBLIC_URL,
  RECORDING,
  RECORDING_REF,
  ROOM_SID,
} from '../support/recording.ts';
import { createSid } from '../support/twilio-edge.ts';

const TWILIO = 'https://twilio.example.com';
const STORAGE = 'https://storage.example.com';
/** The tracks of the room that have media. They follow the muted ones. */
const OTHERS = 10;

const toNth = (sid: string) => Number.parseInt(sid.slice(2), 16);

/**
 * Creates an edge for a room of Twilio, and counts the 404 responses of Twilio.
 *
 * @param muted the number of tracks that were muted all the time.
 */
function createRoomEdge(muted: number) {
  const clock = createFakeClock();
  const bytes = readSeedMedia('opus');
  let missing = 0;
  const respond = (pathname: string, range: string | null): Response => {
    const [resource = '', sid = ''] = pathname.split('/').toReversed();
    if (resource === 'Recordings') {
      const recordings = Array.from({ length: muted + OTHERS }, (_, nth) => ({
        ...RECORDING,
        sid: createSid(nth),
      }));
      return Response.json({ recordings, meta: {} });
    }
    if (resource === 'Media' && toNth(sid) < muted) {
      missing += 1;
      return Response.json({ code: 20404 }, { status: 404 });
    }
    if (resource === 'Media') return Response.json({ redirect_to: `${STORAGE}/${sid}` });
    const [start = 0, last = 0] = (range ?? '').slice('bytes='.length).split('-').map(Number);
    const end = Math.min(last + 1, bytes.length);
    const headers = { 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}`, ETag: '"1"' };
    return new Response(bytes.slice(start, end), { status: 206, headers });
  };
  const fetch: FetchFunction = async (url, init) =>
    respond(new URL(url).pathname, new Headers(init.headers).get('range'));
  const { now, sleep } = clock;
  const config = { baseUrl: TWILIO, auth: () => 'Basic x', accountSid: undefined };
  const services = { now, sleep, random: () => 0.5, staleOnUpstreamAuth: false };
  const calls = createResilientCalls(services);
  const hosts = new Set([new URL(STORAGE).host]);
  const edge = createInProcessEdge({
    source: createTwilioSource(config, fetch, services, calls),
    services: {
      now,
      sleep,
      media: createTwilioMedia(config, hosts, { fetch, calls, now, monotonic: now, sleep }),
    },
  });
  return { ...edge, clock, missing: () => missing };
}

it.each([
  { muted: 20, reads: 1 },
  { muted: 60, reads: 2 },
])(
  'a timeline has all media of a room with $muted muted tracks after $reads reads',
  async ({ muted, reads }) => {
    const { request, clock, missing } = createRoomEdge(muted);
    let counts: readonly number[] = [];
    for (let read = 0; read < reads; read += 1) {
      const pending = request(`/v1/Rooms/${ROOM_SID}/Timeline`);
      await clock.advance(8_000);
      // A 200 of this route is a timeline.
      const { tracks } = (await (await pending).json()) as Timeline;
      counts = [null, 'unreadable'].map((reason) => tracks.filter((track) => track.reason === reason).length);
      // The next read is not answered by the stored timeline, and finds no remembered link.
      await clock.advance(11_000);
    }
    expect(counts).toEqual([OTHERS, muted]);
    expect(missing()).toBe(muted);
  },
);

const FILE: TrackFile = { start: 1, duration: 2, gaps: null, codec: 'OPUS', size: 100, hasCues: true };

/** Loads the timeline of a room with one recording on a fake clock. */
function loadTimeline(readFile: ReadTrackFile) {
  const clock = createFakeClock();
  const reports: unknown[] = [];
  const { roomSid, sid } = RECORDING_REF;
  const load = createTimelineLoader({
    source: {
      read: findNothing,
      list: async (...options) => ({
        ...(await listNothing(...options)),
        recordings: [{ ...RECORDING, room_sid: roomSid, sid }],
      }),
    },
    media: { config: { mode: 'proxy', scanMaxBytes: 1_000 }, readFile, canSign: true },
    lifetimes: DEFAULT_CACHE_LIFETIMES,
    hiddenFields: [],
    sleep: clock.sleep,
    report: (error) => void reports.push(error),
  });
  const loaded = load({ kind: 'timeline', id: { roomSid } }, { publicUrl: PUBLIC_URL, requestId: 'r1' });
  // The text of a loader is a timeline.
  const timeline = loaded.then((serialize) => JSON.parse(serialize().text) as Timeline);
  return { clock, reports, timeline };
}

describe('a timeline whose file a limit of the edge does not permit to read', () => {
  it('reads the file when the limit permits it', async () => {
    let reads = 0;
    const { clock, reports, timeline } = loadTimeline(async () => {
      reads += 1;
      if (reads === 1) throw new MediaError('failed', { code: 'overloaded', retryAfter: 1 });
      return FILE;
    });
    await clock.advance(999);
    expect(reads).toBe(1);
    await clock.advance(1);
    expect((await timeline).tracks).toMatchObject([{ reason: null }]);
    expect(reports).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  it.each([
    { name: 'after 8 s if the limit never permits it', retryAfter: 3, ms: 8_000 },
    { name: 'at once if the limit permits it after 8 s', retryAfter: 8, ms: 0 },
  ])('gives the track the reason pending $name', async ({ retryAfter, ms }) => {
    const error = new MediaError('failed', { code: 'rate_limited', retryAfter });
    const { clock, timeline } = loadTimeline(() => Promise.reject(error));
    await clock.advance(ms);
    expect((await timeline).tracks).toMatchObject([{ reason: 'pending', sources: [] }]);
    expect(clock.pending()).toBe(0);
  });
});
