import { describe, expect, it } from 'vitest';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import { createLogger } from '../../src/logging.ts';
import { twilioSource } from '../../src/twilio/twilio-source.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';

const SECRET = 'canary-5f3e';

interface Call {
  readonly url: string;
  readonly init: RequestInit;
}

/** An edge whose upstream gives these answers in turn. */
function edgeBefore(...answers: readonly (() => Response)[]) {
  const calls: Call[] = [];
  const settings = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: SECRET,
    PUBLIC_URL,
  });
  if (settings.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const source = twilioSource(settings.source, (url, init) => {
    const answer = answers[calls.length];
    calls.push({ url, init });
    return answer === undefined ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve(answer());
  });
  const log = createLogger('silent', () => undefined);
  const answer = createFetchHandler(createEdge(settings, source, { now: () => NOW, logger: log }).app);
  return { calls, ask: async (path: string) => answer(new Request(PUBLIC_URL + path)) };
}

const found = (changes: object = {}) => Response.json({ ...RECORDING, codec: 'opus', ...changes });

describe('RECORDINGS_SOURCE=twilio', () => {
  it('asks Twilio for the path of the recording, with Basic credentials', async () => {
    const { ask, calls } = edgeBefore(found);
    await ask(`${PATH}?cb=1`);
    expect(calls).toHaveLength(1);
    const [{ url, init } = { url: '', init: {} }] = calls;
    expect(url).toBe(`https://video.twilio.com/v1/Rooms/${ROOM_SID}/Recordings/${SID}`);
    expect(new Headers(init.headers).get('Authorization')).toBe(`Basic ${btoa(`SK1:${SECRET}`)}`);
    expect(init.redirect).toBe('manual');
  });

  it('answers the recording, checked and with links that lead here', async () => {
    const { ask } = edgeBefore(() =>
      found({ size: '105956', status_callback: 'https://example.com', participant: 'x' }),
    );
    const response = await ask(PATH);
    expect(response.status).toBe(200);
    const url = PUBLIC_URL + PATH;
    expect(await response.json()).toEqual({ ...RECORDING, url, links: { media: `${url}/Media` } });
  });

  it.each([
    ['malformed SIDs', '/v1/Rooms/RM1/Recordings/RT1'],
    ['a room’s name', `/v1/Rooms/daily/Recordings/${SID}`],
  ])('makes no call for %s', async (_what, path) => {
    const { ask, calls } = edgeBefore(found);
    const response = await ask(path);
    expect(response.status).toBe(400);
    expect(calls).toEqual([]);
  });

  it.each([
    [
      'a missing recording',
      () => Response.json({ code: 20404, message: SECRET, status: 404 }, { status: 404 }),
      404,
      'not_found',
    ],
    [
      'refused credentials',
      () => Response.json({ code: 20003, message: SECRET }, { status: 401 }),
      502,
      'upstream_auth',
    ],
    [
      'too many reads',
      () => new Response(SECRET, { status: 429, headers: { 'Retry-After': '7' } }),
      503,
      'upstream_rate_limited',
    ],
    ['a page of an error', () => new Response(`<html>${SECRET}`, { status: 500 }), 502, 'upstream_error'],
    ['no JSON', () => new Response(SECRET), 502, 'upstream_invalid'],
    ['a status of no documentation', () => found({ status: SECRET }), 502, 'upstream_invalid'],
    ['S24: another recording', () => found({ sid: `RT${'b'.repeat(32)}` }), 502, 'upstream_mismatch'],
    ['S24: another room', () => found({ room_sid: `RM${'b'.repeat(32)}` }), 502, 'upstream_mismatch'],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { Location: 'https://evil.example' } }),
      502,
      'upstream_redirect',
    ],
  ])('turns %s into an answer of its own, in one call', async (_what, answer, status, error) => {
    const { ask, calls } = edgeBefore(answer, found);
    const response = await ask(PATH);
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ error, status });
    expect(text + JSON.stringify([...response.headers])).not.toContain(SECRET);
    expect(calls).toHaveLength(1);
  });

  it('answers 502 when Twilio cannot be reached', async () => {
    const { ask } = edgeBefore();
    const response = await ask(PATH);
    expect(response.status).toBe(502);
  });
});
