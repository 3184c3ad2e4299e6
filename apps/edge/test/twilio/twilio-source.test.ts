import type { RecordingRef } from '@room-recordings/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { twilioSource } from '../../src/twilio/twilio-source.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';

const SECRET = 'canary-5f3e';
const ACCOUNT = `AC${'a'.repeat(32)}`;

interface Call {
  readonly url: string;
  readonly init: RequestInit;
}

/** Creates an edge without resilience, whose Twilio sends these responses in order and then cannot be reached. */
function createEdge(...responses: readonly (() => Response)[]) {
  const calls: Call[] = [];
  const source = ({ source: twilio }: Config) => {
    if (twilio?.name !== 'twilio') throw new Error('RECORDINGS_SOURCE must be twilio.');
    return twilioSource(twilio, async (url, init) => {
      const respond = responses[calls.length];
      calls.push({ url, init });
      if (respond === undefined) throw new TypeError('fetch failed');
      return respond();
    });
  };
  const variables = { RECORDINGS_SOURCE: 'twilio', TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: SECRET };
  return { ...createInProcessEdge({ source, variables }), calls };
}

const respondWithRecording = (changes: object = {}) =>
  Response.json({ ...RECORDING, codec: 'opus', ...changes });

describe('an edge with RECORDINGS_SOURCE=twilio', () => {
  it('requests the path of the recording from Twilio with Basic credentials', async () => {
    const { request, calls } = createEdge(respondWithRecording);
    await request(`${PATH}?cb=1`);
    expect(calls).toHaveLength(1);
    const [{ url, init } = { url: '', init: {} }] = calls;
    expect(url).toBe(`https://video.twilio.com/v1/Rooms/${ROOM_SID}/Recordings/${SID}`);
    expect(new Headers(init.headers).get('Authorization')).toBe(`Basic ${btoa(`SK1:${SECRET}`)}`);
    expect(init.redirect).toBe('manual');
  });

  it('responds with the validated recording and with links to the edge', async () => {
    const { request } = createEdge(() =>
      respondWithRecording({ size: '105956', status_callback: 'https://example.com', participant: 'x' }),
    );
    const response = await request();
    expect(response.status).toBe(200);
    const url = PUBLIC_URL + PATH;
    expect(await response.json()).toEqual({ ...RECORDING, url, links: { media: `${url}/Media` } });
  });

  it.each([
    { name: 'malformed SIDs', path: '/v1/Rooms/RM1/Recordings/RT1' },
    { name: 'the name of a room', path: `/v1/Rooms/daily/Recordings/${SID}` },
  ])('makes no call for $name', async ({ path }) => {
    const { request, calls } = createEdge(respondWithRecording);
    expect((await request(path)).status).toBe(400);
    expect(calls).toEqual([]);
  });

  it.each([
    {
      name: 'a 404',
      respond: () => Response.json({ code: 20404, message: SECRET, status: 404 }, { status: 404 }),
      status: 404,
      error: 'not_found',
    },
    {
      name: 'rejected credentials',
      respond: () => Response.json({ code: 20003, message: SECRET }, { status: 401 }),
      status: 502,
      error: 'upstream_auth',
    },
    {
      name: 'a 429',
      respond: () => new Response(SECRET, { status: 429, headers: { 'Retry-After': '7' } }),
      status: 503,
      error: 'upstream_rate_limited',
    },
    {
      name: 'an HTML error page',
      respond: () => new Response(`<html>${SECRET}`, { status: 500 }),
      status: 502,
      error: 'upstream_error',
    },
    {
      name: 'a body that is not JSON',
      respond: () => new Response(SECRET),
      status: 502,
      error: 'upstream_invalid',
    },
    {
      name: 'an undocumented status attribute',
      respond: () => respondWithRecording({ status: SECRET }),
      status: 502,
      error: 'upstream_invalid',
    },
    {
      name: 'another recording',
      respond: () => respondWithRecording({ sid: `RT${'b'.repeat(32)}` }),
      status: 502,
      error: 'upstream_mismatch',
    },
    {
      name: 'a recording of another room',
      respond: () => respondWithRecording({ room_sid: `RM${'b'.repeat(32)}` }),
      status: 502,
      error: 'upstream_mismatch',
    },
    {
      name: 'a redirect',
      respond: () => new Response(null, { status: 302, headers: { Location: 'https://evil.example' } }),
      status: 502,
      error: 'upstream_redirect',
    },
  ])('converts $name to an error response without a text of Twilio, in one call', async (row) => {
    const { request, calls } = createEdge(row.respond, respondWithRecording);
    const response = await request();
    const text = await response.text();
    expect(response.status).toBe(row.status);
    expect(JSON.parse(text)).toMatchObject({ error: row.error, status: row.status });
    expect(text + JSON.stringify([...response.headers])).not.toContain(SECRET);
    expect(calls).toHaveLength(1);
  });

  it('responds 502 if Twilio cannot be reached', async () => {
    const { request } = createEdge();
    expect((await request()).status).toBe(502);
  });
});

function parsePath(): RecordingRef {
  const route = matchRoute(PATH);
  if (route?.name !== 'recording' || route.id === undefined) throw new Error('PATH is not valid.');
  return route.id;
}

/** Reads a recording of one account with the credentials of an account. */
async function readRecording(account: string | null, accountSid: string | undefined) {
  const config = { baseUrl: 'https://video.twilio.com', auth: () => 'Basic x', accountSid };
  const fetch = async () => respondWithRecording({ account_sid: account });
  return twilioSource(config, fetch).read(parsePath());
}

describe('twilioSource()', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('has no time limit of its own: only the signal of the read ends it', async () => {
    vi.useFakeTimers();
    const config = { baseUrl: 'https://video.twilio.com', auth: () => 'Basic x', accountSid: undefined };
    const controller = new AbortController();
    const source = twilioSource(config, () => new Promise(() => undefined));
    let error: unknown;
    void source.read(parsePath(), { signal: controller.signal }).catch((thrown: unknown) => (error = thrown));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(error).toBeUndefined();
    controller.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(error).toMatchObject({ code: 'aborted' });
  });

  it.each([
    { account: ACCOUNT, accountSid: ACCOUNT },
    { account: ACCOUNT, accountSid: undefined },
    { account: null, accountSid: ACCOUNT },
  ])('accepts a recording of the account $account if the configured account is $accountSid', async (row) => {
    expect(await readRecording(row.account, row.accountSid)).toMatchObject({ account_sid: row.account });
  });

  it('rejects a recording of another account', async () => {
    await expect(readRecording(`AC${'b'.repeat(32)}`, ACCOUNT)).rejects.toMatchObject({ code: 'mismatch' });
  });
});
