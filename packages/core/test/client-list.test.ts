import { describe, expect, it, vi } from 'vitest';
import { bearerAuth } from '../src/http/auth.ts';
import { createRecordingsClient, type RecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import type { RecordingListQuery } from '../src/recording/list.ts';
import { example, requested } from './example.ts';

const BASE = 'https://edge.example.com/prefix';
const LIST = `/v1/Rooms/${requested.roomSid}/Recordings`;
const { roomSid } = requested;

const sidOf = (nth: number) => `RT${nth.toString(16).padStart(32, '0')}`;

/** Creates the body of a page with these recordings. */
const createPage = (sids: readonly string[], next: string | null = null) => ({
  recordings: sids.map((sid) => ({ ...example, sid })),
  meta: { key: 'recordings', page: 0, page_size: 50, url: null, next_page_url: next },
});

/** A client of an edge that responds with one page after the other, and the requested URLs. */
function serve(...bodies: readonly unknown[]): { client: RecordingsClient; urls: () => readonly string[] } {
  const rest = [...bodies];
  const fetch = vi.fn<FetchLike>(async () => Response.json(rest.shift()));
  const client = createRecordingsClient({ baseUrl: BASE, auth: bearerAuth('canary'), fetch });
  return { client, urls: () => fetch.mock.calls.map(([url]) => url.replace(BASE, '')) };
}

/** Reads a list to its end. */
async function readAll(client: RecordingsClient, query?: RecordingListQuery): Promise<readonly string[]> {
  const sids: string[] = [];
  for await (const { sid } of client.list(roomSid, query)) sids.push(sid);
  return sids;
}

describe('`page()`', () => {
  it('resolves with the parsed page', async () => {
    const { client, urls } = serve(createPage([sidOf(1)]));
    const page = await client.page(roomSid);
    expect(page.recordings).toEqual([expect.objectContaining({ sid: sidOf(1), codec: 'OPUS' })]);
    expect(page.meta).toMatchObject({ page_size: 50, first_page_url: null });
    expect(urls()).toEqual([LIST]);
  });

  it.each([
    { name: 'a status', query: { status: 'deleted' }, sent: 'Status=deleted' },
    { name: 'a track', query: { sourceSid: 'MT1' }, sent: 'SourceSid=MT1' },
    {
      name: 'dates, in whole seconds',
      query: {
        dateCreatedAfter: new Date(1_700_000_000_999),
        dateCreatedBefore: new Date(1_800_000_000_000),
      },
      sent: 'DateCreatedAfter=2023-11-14T22%3A13%3A20Z&DateCreatedBefore=2027-01-15T08%3A00%3A00Z',
    },
    {
      name: 'a date as text',
      query: { dateCreatedAfter: '2026-01-01T00:00:00+01:00' },
      sent: 'DateCreatedAfter=2026-01-01T00%3A00%3A00%2B01%3A00',
    },
    {
      name: 'a position',
      query: { pageSize: 20, pageNumber: 2, pageToken: 'a&b=c' },
      sent: 'PageSize=20&Page=2&PageToken=a%26b%3Dc',
    },
  ] as const)('sends $name with the names of Twilio', async ({ query, sent }) => {
    const { client, urls } = serve(createPage([]));
    await client.page(roomSid, query);
    expect(urls()).toEqual([`${LIST}?${sent}`]);
  });

  it('rejects an invalid date with invalid_request and sends nothing', async () => {
    const { client, urls } = serve();
    await expect(client.page(roomSid, { dateCreatedAfter: new Date(Number.NaN) })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'dateCreatedAfter and dateCreatedBefore must be valid dates.',
    });
    expect(urls()).toEqual([]);
  });

  it('rejects a parameter that no URL can contain with invalid_request', async () => {
    const { client, urls } = serve();
    const query = { pageToken: '\ud800' };
    await expect(client.page(roomSid, query)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'invalid_request',
      message: 'A query parameter must not have a lone surrogate.',
    });
    expect(urls()).toEqual([]);
  });

  it('rejects the unique name of a room with invalid_sid', async () => {
    await expect(serve().client.page('DailyStandup')).rejects.toMatchObject({ code: 'invalid_sid' });
  });

  it('rejects a recording of another room with the id of the request', async () => {
    const body = createPage([sidOf(1)]);
    const other = { ...body, recordings: [{ ...example, room_sid: `RM${'b'.repeat(32)}` }] };
    const fetch: FetchLike = async () => Response.json(other, { headers: { 'X-Request-Id': 'r1' } });
    await expect(createRecordingsClient({ fetch }).page(roomSid)).rejects.toMatchObject({
      code: 'mismatch',
      status: 200,
      requestId: 'r1',
    });
  });

  it('accepts a page of 8 MiB, and rejects a longer one', async () => {
    const padding = 8_388_608 - JSON.stringify({ ...createPage([]), padding: '' }).length;
    const serveLength = (length: number) => serve({ ...createPage([]), padding: 'x'.repeat(length) }).client;
    await expect(serveLength(padding).page(roomSid)).resolves.toMatchObject({ recordings: [] });
    await expect(serveLength(padding + 1).page(roomSid)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is longer than 8388608 bytes or not UTF-8.',
    });
  });
});

describe('`list()`', () => {
  it('yields the recordings of all pages, and sends its filters with each request', async () => {
    const { client, urls } = serve(
      createPage([sidOf(1), sidOf(2)], `${BASE}${LIST}?PageSize=2&Page=1&PageToken=PTa%2Bb`),
      createPage([sidOf(3)], `${BASE}${LIST}?Page=2&PageToken=PTc`),
      createPage([sidOf(4)]),
    );
    expect(await readAll(client, { status: 'completed', pageSize: 2 })).toEqual([1, 2, 3, 4].map(sidOf));
    expect(urls()).toEqual([
      `${LIST}?Status=completed&PageSize=2`,
      `${LIST}?Status=completed&PageSize=2&Page=1&PageToken=PTa%2Bb`,
      `${LIST}?Status=completed&PageSize=2&Page=2&PageToken=PTc`,
    ]);
  });

  it('takes only the position of the next page from next_page_url', async () => {
    const next = 'http://attacker.example/v1/Rooms/RM1?Status=deleted&PageToken=PTa&Page=1#Page=9';
    const { client, urls } = serve(createPage([sidOf(1)], next), createPage([]));
    await readAll(client);
    expect(urls()).toEqual([LIST, `${LIST}?PageToken=PTa&Page=1`]);
  });

  it('requests a page only when the recordings of the page before are used up', async () => {
    const { client, urls } = serve(
      createPage([sidOf(1), sidOf(2)], `${BASE}?Page=1&PageToken=PTa`),
      createPage([sidOf(3)]),
    );
    const list = client.list(roomSid);
    expect(urls()).toHaveLength(0);
    await list.next();
    await list.next();
    expect(urls()).toHaveLength(1);
    await list.next();
    expect(urls()).toHaveLength(2);
    expect(await list.next()).toEqual({ done: true, value: undefined });
  });

  it.each([
    { limit: 0, sids: [], requests: 0 },
    { limit: 1, sids: [1], requests: 1 },
    { limit: 2, sids: [1, 2], requests: 1 },
    { limit: 3, sids: [1, 2, 3], requests: 2 },
    { limit: 9, sids: [1, 2, 3], requests: 2 },
  ])('ends after $limit recordings, and sends $requests requests', async ({ limit, sids, requests }) => {
    const { client, urls } = serve(
      createPage([sidOf(1), sidOf(2)], `${BASE}?Page=1&PageToken=PTa`),
      createPage([sidOf(3)]),
    );
    expect(await readAll(client, { limit })).toEqual(sids.map(sidOf));
    expect(urls()).toHaveLength(requests);
  });

  it('goes on after a page without recordings', async () => {
    const { client } = serve(createPage([], `${BASE}?Page=1&PageToken=PTa`), createPage([sidOf(1)]));
    expect(await readAll(client)).toEqual([sidOf(1)]);
  });

  it.each([
    { name: 'the same page', urls: ['?PageToken=PTa', '?PageToken=PTa'] },
    { name: 'an earlier page', urls: ['?PageToken=PTa', '?PageToken=PTb', '?PageToken=PTa'] },
    { name: 'no position', urls: ['?PageSize=5'] },
  ])('rejects with invalid_response if next_page_url leads to $name', async ({ urls }) => {
    const { client } = serve(...urls.map((next, nth) => createPage([sidOf(nth)], BASE + next)));
    await expect(readAll(client)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The next_page_url of a page leads to no other page.',
    });
  });

  it('rejects with aborted after its signal aborts', async () => {
    const { client } = serve(createPage([sidOf(1)], `${BASE}?Page=1&PageToken=PTa`));
    const controller = new AbortController();
    const list = client.list(roomSid, {}, { signal: controller.signal });
    await list.next();
    controller.abort();
    await expect(list.next()).rejects.toMatchObject({ code: 'aborted' });
  });

  it('rejects the unique name of a room with invalid_sid', async () => {
    await expect(serve().client.list('DailyStandup').next()).rejects.toMatchObject({ code: 'invalid_sid' });
  });
});
