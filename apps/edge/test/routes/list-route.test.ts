import { RecordingsError, type IdentifiedRecording } from '@room-recordings/core';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import type { ListQuery, RecordingSource, SourcePage } from '../../src/recordings/recording-source.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { findNothing, listNothing, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';

const PATH = `/v1/Rooms/${ROOM_SID}/Recordings`;
const LIST_URL = PUBLIC_URL + PATH;

// `RECORDING` has the SIDs that its type allows to be null.
const LISTED = RECORDING as IdentifiedRecording;

const createPage = (changes: Partial<SourcePage> = {}): SourcePage => ({
  recordings: [LISTED],
  invalid: [],
  previous: null,
  next: null,
  ...changes,
});

/** Creates an edge whose source lists these pages in order, and the last one for each further call. */
function createListEdge(
  pages: readonly SourcePage[] = [createPage()],
  variables: Readonly<Record<string, string>> = {},
) {
  const clock = createFakeClock();
  const queries: ListQuery[] = [];
  const list: RecordingSource['list'] = async (_roomSid, query) => {
    queries.push(query);
    return pages[Math.min(queries.length, pages.length) - 1] ?? createPage();
  };
  const edge = createInProcessEdge({
    source: { read: findNothing, list },
    variables,
    services: { now: clock.now, sleep: clock.sleep },
  });
  return { ...edge, clock, queries };
}

const cacheStatus = (response: Response) => response.headers.get('Cache-Status');

describe('GET /v1/Rooms/{RoomSid}/Recordings', () => {
  it('responds with the page in the shape of Twilio, with URLs of this edge', async () => {
    const { request } = createListEdge([
      createPage({ previous: { page: 0, pageToken: 'PB1' }, next: { page: 2, pageToken: 'PA2' } }),
    ]);
    const response = await request(`${PATH}?Page=1&PageToken=PA1&Status=completed&PageSize=1`);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    const url = `${LIST_URL}/${SID}`;
    expect(await response.json()).toEqual({
      recordings: [{ ...RECORDING, url, links: { media: `${url}/Media` } }],
      meta: {
        page: 1,
        page_size: 1,
        first_page_url: `${LIST_URL}?Status=completed&PageSize=1&Page=0`,
        previous_page_url: `${LIST_URL}?Status=completed&PageSize=1&Page=0&PageToken=PB1`,
        url: `${LIST_URL}?Status=completed&PageSize=1&Page=1&PageToken=PA1`,
        next_page_url: `${LIST_URL}?Status=completed&PageSize=1&Page=2&PageToken=PA2`,
        key: 'recordings',
      },
    });
  });

  it('names invalid recordings in meta.invalid', async () => {
    const invalid = [
      { sid: null, issues: [{ path: ['grouping_sids', 'x'], message: 'It must be a text.' }] },
    ];
    const { request } = createListEdge([createPage({ invalid })]);
    // The second name of the path comes from the source.
    const issues = [{ path: ['grouping_sids'], message: 'It must be a text.' }];
    expect(await (await request(PATH)).json()).toMatchObject({ meta: { invalid: [{ sid: null, issues }] } });
  });

  it('orders the recordings by their creation and then by SID, and leaves out deleted ones', async () => {
    const create = (nth: number, changes: Partial<IdentifiedRecording>) => {
      const sid = `RT${String(nth).padStart(32, '0')}` as IdentifiedRecording['sid'];
      return { ...LISTED, sid, ...changes };
    };
    const recordings = [
      create(1, { date_created: null }),
      create(3, { date_created: '2026-03-02T11:00:00+02:00' }),
      create(2, { date_created: '2026-03-02T09:00:00Z' }),
      create(4, { status: 'deleted' }),
      create(5, { date_created: '2026-03-02T08:59:59Z' }),
    ];
    const { request } = createListEdge([createPage({ recordings })]);
    const toNumbers = async (response: Response) => {
      const { recordings: listed }: { recordings: readonly { sid: string }[] } = await response.json();
      return listed.map(({ sid }) => Number(sid.slice(2)));
    };
    expect(await toNumbers(await request(PATH))).toEqual([5, 2, 3, 1]);
    expect(await toNumbers(await request(`${PATH}?Status=deleted`))).toContain(4);
  });

  it('hides the attributes of HIDDEN_FIELDS', async () => {
    const { request } = createListEdge([createPage()], { HIDDEN_FIELDS: 'track_name,account_sid' });
    expect(await (await request(PATH)).json()).toMatchObject({
      recordings: [{ track_name: null, account_sid: null, sid: SID }],
    });
  });

  it('makes one call for spellings of one query, and another call for another query', async () => {
    const { request, queries } = createListEdge();
    await request(PATH);
    for (const search of ['', '?', '?PageSize=50', '?Page=0&PageSize=50', '?kid=a&expires=1&signature=b']) {
      expect(cacheStatus(await request(PATH + search)), search).toMatch(/; hit/);
    }
    expect(cacheStatus(await request(`${PATH}?PageSize=51`))).toMatch(/fwd=uri-miss/);
    expect(queries.map(({ pageSize }) => pageSize)).toEqual([50, 51]);
  });

  it('rejects an invalid query before the source is called', async () => {
    const { request, queries } = createListEdge();
    const response = await request(`${PATH}?pagesize=1`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: 'invalid_query',
      code: 20001,
      detail: 'The parameter pagesize is unknown: names are case-sensitive. Use PageSize.',
    });
    expect(queries).toEqual([]);
  });

  it('never repeats the signature of a signed URL', async () => {
    const { request } = createListEdge([createPage({ next: { page: 1, pageToken: 'PA2' } })]);
    const text = await (await request(`${PATH}?kid=kid1&expires=4102444800&signature=canary`)).text();
    expect(text).not.toMatch(/canary|kid|expires/);
  });

  it('responds to HEAD without a body, and to If-None-Match with 304', async () => {
    const { request } = createListEdge();
    const get = await request(PATH);
    const etag = get.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^W\/"/);
    const head = await request(PATH, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('ETag')]).toEqual([200, '', etag]);
    expect(head.headers.get('Content-Length')).toBe(String((await get.arrayBuffer()).byteLength));
    expect((await request(PATH, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  });

  it.each([
    {
      name: 'completed recordings',
      page: createPage(),
      lifetime: '60, stale-while-revalidate=60, stale-if-error=3600',
    },
    {
      name: 'a recording that is processing',
      page: createPage({ recordings: [LISTED, { ...LISTED, status: 'processing' }] }),
      lifetime: '5, stale-while-revalidate=5, stale-if-error=60',
    },
    { name: 'no recordings', page: createPage({ recordings: [] }), lifetime: '10' },
  ] satisfies readonly { name: string; page: SourcePage; lifetime: string }[])(
    'gives a page with $name its lifetime',
    async ({ page, lifetime }) => {
      const { request } = createListEdge([page]);
      expect((await request(PATH)).headers.get('Cache-Control')).toBe(`public, max-age=${lifetime}`);
    },
  );

  it('uses the lifetime of LIFETIME_LIST', async () => {
    const { request } = createListEdge([createPage()], { LIFETIME_LIST: '7/8/9' });
    expect((await request(PATH)).headers.get('Cache-Control')).toBe(
      'public, max-age=7, stale-while-revalidate=8, stale-if-error=9',
    );
  });

  it('serves a stale page while it is revalidated', async () => {
    const { request, clock, queries, waitForBackground } = createListEdge();
    await request(PATH);
    await clock.advance(61_000);
    expect(cacheStatus(await request(PATH))).toMatch(/; hit; ttl=-1/);
    await waitForBackground();
    expect(queries).toHaveLength(2);
    expect(cacheStatus(await request(PATH))).toMatch(/; hit; ttl=60/);
  });

  it('responds to an unknown room with 200 and an empty list', async () => {
    const { request } = createInProcessEdge({ source: { read: findNothing, list: listNothing } });
    const response = await request(PATH);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ recordings: [], meta: { next_page_url: null } });
  });

  it.each([
    { name: 'a page token', search: '?Page=1&PageToken=x', status: 400, error: 'invalid_query' },
    { name: 'the query that the edge itself made', search: '', status: 502, error: 'upstream_error' },
  ])('responds $status if the source rejects $name', async ({ search, status, error }) => {
    const list = () => Promise.reject(new RecordingsError('invalid_request', 'No.', { status: 400 }));
    const { request } = createInProcessEdge({ source: { read: findNothing, list } });
    const response = await request(PATH + search);
    expect(response.status).toBe(status);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error });
  });

  it('reads a list of a thousand recordings from the cache', async () => {
    const recordings = Array.from({ length: 1_000 }, () => LISTED);
    const { request } = createListEdge([createPage({ recordings })]);
    await request(`${PATH}?PageSize=1000`);
    const response = await request(`${PATH}?PageSize=1000`);
    expect(cacheStatus(response)).toMatch(/; hit/);
    expect((await response.json()).recordings).toHaveLength(1_000);
  });
});
