import { describe, expect, it, vi } from 'vitest';
import { bearerAuth } from '../src/http/auth.ts';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { requested } from './example.ts';

const { roomSid, sid } = requested;
const URL = `https://edge.example.com/v1/Rooms/${roomSid}/Recordings/${sid}/Media`;

const source = { url: `${URL}?signature=x`, type: 'video/webm; codecs="vp8"', expires: 1_800_000_000 };

const track = {
  sid,
  type: 'video',
  codec: 'VP8',
  status: 'completed',
  participant_sid: `PA${'a'.repeat(32)}`,
  track_name: 'camera',
  start: 20.8,
  end: 26.8,
  gaps: [[22, 24]],
  sources: [source],
  reason: null,
};

const timeline = { room_sid: roomSid, start: 20.8, end: 26.8, tracks: [track] };

/** Reads the timeline from an edge that responds with this body. */
function read(body: unknown): Promise<unknown> {
  return createRecordingsClient({ fetch: async () => Response.json(body) }).timeline(roomSid);
}

describe('`timeline()`', () => {
  it('requests the timeline with the credentials and resolves with it', async () => {
    const fetch = vi.fn<FetchLike>(async () => Response.json(timeline));
    const client = createRecordingsClient({
      baseUrl: 'https://edge.example.com',
      auth: bearerAuth('t'),
      fetch,
    });
    expect(await client.timeline(roomSid)).toEqual(timeline);
    expect(fetch).toHaveBeenCalledExactlyOnceWith(
      `https://edge.example.com/v1/Rooms/${roomSid}/Timeline`,
      expect.objectContaining({ headers: { Accept: 'application/json', Authorization: 'Bearer t' } }),
    );
  });

  it('resolves with an empty room', async () => {
    const empty = { room_sid: roomSid, start: null, end: null, tracks: [] };
    expect(await read(empty)).toEqual(empty);
  });

  it.each([
    'processing',
    'failed',
    'deleted',
    'empty',
    'data',
    'encrypted',
    'external',
    'unreadable',
    'pending',
    'no_signing_key',
    'off',
  ])('resolves with a track without sources whose reason is %s', async (reason) => {
    const body = { ...timeline, tracks: [{ ...track, gaps: null, sources: [], reason }] };
    expect(await read(body)).toEqual(body);
  });

  it('returns null for members that the edge omits, and drops unknown members', async () => {
    const { gaps, reason, participant_sid, track_name, ...rest } = track;
    void [gaps, reason, participant_sid, track_name];
    const unset = { gaps: null, reason: null, participant_sid: null, track_name: null };
    expect(await read({ ...timeline, more: 1, tracks: [{ ...rest, more: 1 }] })).toEqual({
      ...timeline,
      tracks: [{ ...rest, ...unset }],
    });
  });

  it.each([
    { name: 'a list', body: [], path: [], message: 'The value is not a timeline: it must be an object' },
    { name: 'no tracks', body: { room_sid: roomSid }, path: ['tracks'], message: 'tracks must be present' },
    { name: 'a start as text', body: { ...timeline, start: '1' }, path: ['start'], message: 'a number' },
    {
      name: 'an unknown reason',
      body: { ...timeline, tracks: [{ ...track, reason: 'lost' }] },
      path: ['tracks', '0', 'reason'],
      message: 'one of processing, failed',
    },
    {
      name: 'a gap without an end',
      body: { ...timeline, tracks: [{ ...track, gaps: [[1]] }] },
      path: ['tracks', '0', 'gaps', '0', '1'],
      message: 'tracks.0.gaps.0.1 must be',
    },
    {
      name: 'a script as a source',
      body: { ...timeline, tracks: [{ ...track, sources: [{ ...source, url: 'javascript:alert(1)' }] }] },
      path: ['tracks', '0', 'sources', '0', 'url'],
      message: 'an absolute http or https URL',
    },
  ])('rejects a timeline with $name as invalid_response', async ({ body, path, message }) => {
    await expect(read(body)).rejects.toMatchObject({
      code: 'invalid_response',
      message: expect.stringContaining(message),
      issues: [{ path }],
      status: 200,
    });
  });

  it('rejects a time that is not finite as invalid_response', async () => {
    const text = JSON.stringify(timeline).replaceAll('26.8', '1e999');
    const client = createRecordingsClient({ fetch: async () => new Response(text) });
    await expect(client.timeline(roomSid)).rejects.toMatchObject({ issues: [{ path: ['end'] }, {}] });
  });

  it('rejects the timeline of another room as a mismatch', async () => {
    await expect(read({ ...timeline, room_sid: `RM${'b'.repeat(32)}` })).rejects.toMatchObject({
      code: 'mismatch',
      message: `The timeline is not that of room ${roomSid}.`,
      status: 200,
    });
  });

  it('rejects the unique name of a room with invalid_sid and sends nothing', async () => {
    const fetch = vi.fn<FetchLike>();
    await expect(createRecordingsClient({ fetch }).timeline('DailyStandup')).rejects.toMatchObject({
      code: 'invalid_sid',
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('rejects with the error of the edge', async () => {
    const problem = { status: 404, error: 'not_found', detail: 'The edge has no such route.' };
    const headers = { 'Content-Type': 'application/problem+json' };
    const fetch: FetchLike = async () => new Response(JSON.stringify(problem), { status: 404, headers });
    await expect(createRecordingsClient({ fetch }).timeline(roomSid)).rejects.toMatchObject({
      code: 'not_found',
      edgeCode: 'not_found',
    });
  });
});
