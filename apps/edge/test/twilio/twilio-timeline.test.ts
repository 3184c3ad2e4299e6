import type { Timeline } from '@room-recordings/core';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SEED } from '../../scripts/seed.ts';
import { EDGE_FOLDER } from '../../src/archive/sqlite.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createTwilioMedia } from '../../src/media/twilio-media.ts';
import { createResilientCalls } from '../../src/twilio/resilience/resilient-calls.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { ROOM_SID } from '../support/recording.ts';

const CANARY = 'canary-5f3e';
const STORAGE = 'com-twilio-us1-video-recording.s3.amazonaws.com';
const VARIABLES = { RECORDINGS_SOURCE: 'twilio', TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: CANARY };
const ROWS = SEED.filter(({ room_sid }) => room_sid === ROOM_SID);

/** Changes the response for the media of one recording; undefined leaves it as it is. */
type RespondOtherwise = (url: URL) => Response | Promise<Response> | undefined;

/** Responds with the nth half of the room's list. */
function respondWithPage(url: URL): Response {
  const page = Number(url.searchParams.get('Page') ?? 0);
  const recordings = ROWS.slice(page * 2, page * 2 + 2).map((row) => ({
    ...row,
    grouping_sids: JSON.parse(row.grouping_sids),
  }));
  const next = `https://video.twilio.com${url.pathname}?PageSize=2&Page=1&PageToken=PA1`;
  return Response.json({ recordings, meta: { key: 'recordings', next_page_url: page === 0 ? next : null } });
}

/** Responds with the requested range of a file, as S3 does. */
function respondWithRange(url: URL, headers: Headers): Response {
  const [, , sid = ''] = url.pathname.split('/');
  const bytes = readFileSync(join(EDGE_FOLDER, 'seed', ROOM_SID, sid));
  const [, start = 0, last = 0] = (/^bytes=(\d+)-(\d+)$/.exec(headers.get('range') ?? '') ?? []).map(Number);
  const part = bytes.subarray(start, last + 1);
  const range = `bytes ${start}-${start + part.byteLength - 1}/${bytes.byteLength}`;
  return new Response(new Uint8Array(part), {
    status: 206,
    headers: { 'Content-Range': range, 'Content-Length': String(part.byteLength), ETag: `"${sid}"` },
  });
}

/** Creates an edge with a Twilio that has the seeded room, whose links lead to a storage with its files. */
function createTimelineEdge(respondOtherwise: RespondOtherwise = () => undefined) {
  const clock = createFakeClock();
  const requests: { readonly url: URL; readonly headers: Headers }[] = [];
  const send = async (text: string, init: RequestInit) => {
    const [url, headers] = [new URL(text), new Headers(init.headers)];
    requests.push({ url, headers });
    const other = respondOtherwise(url);
    if (other !== undefined) return other;
    if (url.host === STORAGE) return respondWithRange(url, headers);
    if (!url.pathname.endsWith('/Media')) return respondWithPage(url);
    const [sid] = url.pathname.split('/').slice(-2);
    const Location = `https://${STORAGE}/${ROOM_SID}/${sid}?X-Amz-Signature=${CANARY}`;
    return new Response(null, { status: 302, headers: { Location } });
  };
  const config = parseConfig({ ACCESS: 'public', ...VARIABLES });
  if (config.source?.name !== 'twilio') throw new Error('RECORDINGS_SOURCE must be twilio.');
  const { now } = clock;
  // The delay before a retry is the only sleep that is so short.
  const sleep: typeof clock.sleep = async (ms, signal) =>
    ms <= 250 ? clock.skip(ms) : clock.sleep(ms, signal);
  const services = { now, sleep, random: () => 0.5, staleOnUpstreamAuth: false };
  const calls = createResilientCalls(services);
  const edge = createInProcessEdge({
    source: createTwilioSource(config.source, send, services, calls),
    variables: VARIABLES,
    services: {
      now,
      sleep,
      media: createTwilioMedia(config.source, config.media.hosts, {
        fetch: send,
        calls,
        now,
        monotonic: now,
        sleep,
      }),
    },
  });
  return {
    ...edge,
    clock,
    requests,
    async read() {
      const response = await edge.request(`/v1/Rooms/${ROOM_SID}/Timeline`);
      const text = await response.text();
      expect(text + JSON.stringify(edge.logEntries)).not.toContain(CANARY);
      // A 200 of this route is a timeline.
      return { response, timeline: JSON.parse(text) as Timeline };
    },
  };
}

const toReasons = ({ tracks }: Timeline) =>
  Object.fromEntries(tracks.map(({ codec, reason }) => [codec, reason]));

describe('a timeline of Twilio', () => {
  it('has the recordings of all pages, and the times of their files', async () => {
    const { read } = createTimelineEdge();
    const { response, timeline } = await read();
    expect(response.status).toBe(200);
    expect(toReasons(timeline)).toEqual({ VP8: null, OPUS: null, H264: null, PCMU: null });
    expect(timeline.end).toBeGreaterThan(30);
  });

  it('reads the head of each file by one link and small ranges, without credentials for the storage', async () => {
    const { read, requests } = createTimelineEdge();
    await read();
    const storage = requests.filter(({ url }) => url.host === STORAGE);
    const twilio = requests.filter(({ url }) => url.host !== STORAGE);
    expect(twilio.filter(({ url }) => url.pathname.endsWith('/Media'))).toHaveLength(ROWS.length);
    expect(twilio.filter(({ url }) => url.pathname.endsWith('/Recordings'))).toHaveLength(2);
    expect(storage.length).toBeLessThanOrEqual(2 * ROWS.length);
    for (const { headers } of storage) {
      expect(headers.get('Range')).toMatch(/^bytes=\d+-\d+$/);
      expect(headers.get('Authorization')).toBeNull();
    }
    const { length } = requests;
    await read();
    expect(requests).toHaveLength(length);
  });

  it.each([
    {
      name: 'Twilio has no media of it',
      isAffected: (url: URL) => url.pathname.endsWith('/Media'),
      respond: () => Response.json({ code: 20404 }, { status: 404 }),
      reason: 'unreadable',
      lifetime: 'public, max-age=60, stale-while-revalidate=60, stale-if-error=3600',
    },
    {
      name: 'its storage fails',
      isAffected: (url: URL) => url.host === STORAGE,
      respond: () => new Response(CANARY, { status: 500 }),
      reason: 'pending',
      lifetime: 'public, max-age=5, stale-while-revalidate=5, stale-if-error=3600',
    },
    {
      name: 'its file is not Matroska',
      isAffected: (url: URL) => url.host === STORAGE,
      respond: () =>
        new Response('<html>', { status: 206, headers: { 'Content-Range': 'bytes 0-5/6', ETag: '"x"' } }),
      reason: 'unreadable',
      lifetime: 'public, max-age=60, stale-while-revalidate=60, stale-if-error=3600',
    },
  ])('gives a track the reason $reason if $name, and keeps the others', async (row) => {
    const { isAffected, respond, reason, lifetime } = row;
    const sid = ROWS.find(({ codec }) => codec === 'H264')?.sid ?? '';
    const { read } = createTimelineEdge((url) =>
      url.pathname.includes(sid) && isAffected(url) ? respond() : undefined,
    );
    const { response, timeline } = await read();
    expect(toReasons(timeline)).toEqual({ VP8: null, OPUS: null, H264: reason, PCMU: null });
    expect(response.headers.get('Cache-Control')).toBe(lifetime);
  });

  it('does not wait for a storage that hangs for more than 8 s', async () => {
    const sid = ROWS.find(({ codec }) => codec === 'H264')?.sid ?? '';
    const hangs = new Promise<Response>(() => undefined);
    const { read, clock } = createTimelineEdge((url) =>
      url.host === STORAGE && url.pathname.includes(sid) ? hangs : undefined,
    );
    const pending = read();
    for (let step = 0; step < 40; step += 1) await clock.advance(200);
    expect(toReasons((await pending).timeline)).toEqual({
      VP8: null,
      OPUS: null,
      H264: 'pending',
      PCMU: null,
    });
  });
});
