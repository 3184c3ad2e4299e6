import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

const PATH = `/v1/Rooms/${ROOM_SID}/Recordings`;
const TWILIO_URL = `https://video.twilio.com${PATH}`;
const ACCOUNT = `AC${'a'.repeat(32)}`;
const OTHER_ROOM = `RM${'b'.repeat(32)}`;

type Respond = () => Response;

const respondWithPage =
  (recordings: readonly unknown[], meta: object = {}): Respond =>
  () =>
    Response.json({
      recordings,
      meta: { key: 'recordings', page: 0, page_size: 50, url: TWILIO_URL, ...meta },
    });

/** Creates an edge whose Twilio sends these responses in order, and the last one for each further call. */
function createListEdge(...responses: readonly Respond[]) {
  const clock = createFakeClock();
  const urls: string[] = [];
  const { now } = clock;
  // The delay before a retry is the only sleep that is so short.
  const sleep: typeof clock.sleep = async (ms, signal) =>
    ms <= 250 ? clock.skip(ms) : clock.sleep(ms, signal);
  const fetchTwilio = async (url: string) => {
    urls.push(url);
    const respond = responses[Math.min(urls.length, responses.length) - 1];
    if (respond === undefined) throw new TypeError('fetch failed');
    return respond();
  };
  const edge = createInProcessEdge({
    source: ({ source: twilio, staleOnUpstreamAuth }) => {
      if (twilio?.name !== 'twilio') throw new Error('RECORDINGS_SOURCE must be twilio.');
      return createTwilioSource(twilio, fetchTwilio, { now, sleep, random: () => 0.5, staleOnUpstreamAuth });
    },
    variables: {
      RECORDINGS_SOURCE: 'twilio',
      TWILIO_API_KEY: 'SK1',
      TWILIO_API_SECRET: 'secret',
      TWILIO_ACCOUNT_SID: ACCOUNT,
    },
    services: { now, sleep },
  });
  const read = async (path = PATH) => {
    const response = await edge.request(path);
    // Every response of this route is a JSON object.
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
  return { ...edge, clock, urls, read };
}

describe('a list of Twilio', () => {
  it('is requested with the parsed values of the query', async () => {
    const { read, urls } = createListEdge(respondWithPage([RECORDING]));
    await read(
      `${PATH}?PageToken=PA%2Bx&Page=2&DateCreatedAfter=2026-03-02T11:00:00%2B02:00&Status=completed&SourceSid=MT${'A'.repeat(32)}`,
    );
    expect(urls).toEqual([
      `${TWILIO_URL}?Status=completed&SourceSid=MT${'a'.repeat(32)}&DateCreatedAfter=2026-03-02T09%3A00%3A00Z&PageSize=50&Page=2&PageToken=PA%2Bx`,
    ]);
  });

  it('has page URLs of this edge, whatever the host of the URLs of Twilio', async () => {
    const { read } = createListEdge(
      respondWithPage([RECORDING], {
        next_page_url: 'https://evil.example/v1/x?Status=deleted&PageSize=9&Page=1&PageToken=PAabc',
        previous_page_url: null,
      }),
    );
    const { body } = await read(`${PATH}?Status=completed`);
    expect(body['meta']).toMatchObject({
      next_page_url: `${PUBLIC_URL}${PATH}?Status=completed&PageSize=50&Page=1&PageToken=PAabc`,
      previous_page_url: null,
    });
  });

  it.each([
    { name: 'another room', item: { room_sid: OTHER_ROOM }, error: 'upstream_mismatch' },
    { name: 'another account', item: { account_sid: `AC${'b'.repeat(32)}` }, error: 'upstream_mismatch' },
  ])('is an error if it has a recording of $name', async ({ item, error }) => {
    const { read } = createListEdge(respondWithPage([RECORDING, { ...RECORDING, ...item }]));
    const { status, body } = await read();
    expect([status, body['error']]).toEqual([502, error]);
    expect(JSON.stringify(body)).not.toContain(OTHER_ROOM);
  });

  it.each([
    { name: 'two tokens', next_page_url: `${TWILIO_URL}?Page=1&PageToken=a&PageToken=b` },
    {
      name: 'a token that would change a query',
      next_page_url: `${TWILIO_URL}?Page=1&PageToken=a%26Status%3Ddeleted`,
    },
    { name: 'a page without a token', next_page_url: `${TWILIO_URL}?Page=1` },
  ])('is an error if its next page has $name', async ({ next_page_url }) => {
    const { read } = createListEdge(respondWithPage([RECORDING], { next_page_url }));
    const { status, body } = await read();
    expect([status, body['error']]).toEqual([502, 'upstream_invalid']);
  });

  it('names the recordings that are not valid, and serves the others', async () => {
    const sid = `RT${'c'.repeat(32)}`;
    const { read } = createListEdge(
      respondWithPage([RECORDING, { ...RECORDING, sid, status: 'canary' }, 'canary']),
    );
    const { body } = await read();
    expect(body).toMatchObject({
      recordings: [{ sid: RECORDING.sid }],
      meta: { invalid: [{ sid, issues: [{ path: ['status'] }] }, { sid: null }] },
    });
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  it('is an error if the body is not a page', async () => {
    const { read } = createListEdge(() => Response.json(RECORDING));
    const { status, body } = await read();
    expect([status, body['error']]).toEqual([502, 'upstream_invalid']);
    expect(body['detail']).toMatch(/^The response of the source is not a page of recordings\./);
  });

  it('may have 8 MiB, and not more', async () => {
    const pad = (bytes: number) => respondWithPage([{ ...RECORDING, pad: 'x'.repeat(bytes) }]);
    const [allowed, tooLarge] = [createListEdge(pad(8_000_000)), createListEdge(pad(8_388_608))];
    expect((await allowed.read()).status).toBe(200);
    const { status, body } = await tooLarge.read();
    expect([status, body['error']]).toEqual([502, 'upstream_too_large']);
  });

  it('is retried once', async () => {
    const { read, urls } = createListEdge(
      () => new Response('', { status: 500 }),
      respondWithPage([RECORDING]),
    );
    expect((await read()).status).toBe(200);
    expect(urls).toHaveLength(2);
  });

  it('is not requested again while the list keeps failing', async () => {
    const { read, urls } = createListEdge(() => Response.json({}));
    for (let nth = 0; nth < 5; nth += 1) expect((await read()).status).toBe(502);
    expect(urls).toHaveLength(3);
  });

  it('is readable after requests with tokens that Twilio rejects', async () => {
    const reject = () => Response.json({ code: 20001, message: 'canary', status: 400 }, { status: 400 });
    const { read, urls } = createListEdge(reject, reject, reject, reject, respondWithPage([RECORDING]));
    for (const token of ['a', 'b', 'c', 'd']) {
      const { status, body } = await read(`${PATH}?Page=1&PageToken=${token}`);
      expect([status, body['error']]).toEqual([400, 'invalid_query']);
      expect(JSON.stringify(body)).not.toContain('canary');
    }
    // Without a backoff: the fifth call is made.
    expect((await read()).status).toBe(200);
    expect(urls).toHaveLength(5);
  });

  it('counts as a miss of its client if it is empty', async () => {
    const { request, urls } = createListEdge(respondWithPage([]));
    const statuses: number[] = [];
    for (let nth = 0; nth < 20; nth += 1) {
      const path = `/v1/Rooms/RM${String(nth).padStart(32, '0')}/Recordings`;
      statuses.push((await request(path)).status);
    }
    // Twilio throttles accounts for 404 responses, so the edge makes five such calls a second.
    expect(statuses).toEqual(Array.from(statuses, (_, nth) => (nth < 5 ? 200 : 503)));
    expect(urls).toHaveLength(5);
  });
});
