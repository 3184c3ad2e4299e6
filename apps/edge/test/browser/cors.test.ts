import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { findNothing, PATH, ROOM_SID, SID } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { CHROMIUM, useChromium } from './browsers.ts';
import {
  COMMON_HEADERS,
  countRequests,
  fetchInPage,
  LIBRARY_HEADERS,
  LIST,
  LISTED_PAGE,
  listHeaderNames,
  OTHER_PAGE,
  TRACING_HEADERS,
  WILDCARD_PAGE,
  type PageFetchOptions,
  type PageResponse,
} from './page-fetch.ts';

const ISOLATED_PAGE = 'https://app.example.com/isolated';

const WITH_CREDENTIALS = { ...LIST, ALLOW_CREDENTIALS: 'true' };
const EVERYONE = { ALLOWED_ORIGINS: '*' };
const WITH_HEADERS = { ...LIST, ALLOWED_HEADERS: 'x-other, X-App-Version' };
const ALL_WITH_HEADERS = { ...EVERYONE, ALLOWED_HEADERS: 'X-App-Version' };

const isMissing = CHROMIUM === undefined;
if (isMissing && process.env['CI'] !== undefined) {
  throw new Error(
    'Chromium is not installed: install it (on Debian: apt-get install chromium), or set CHROMIUM to its path.',
  );
}

// Without Chromium these tests are reported as skipped.
describe.skipIf(isMissing)('Chromium', () => {
  const getBrowser = useChromium();

  async function read(
    page: string,
    variables: Readonly<Record<string, string>>,
    options: PageFetchOptions = {},
    path: string = PATH,
    edge = createTestEdge(undefined, variables),
  ) {
    return fetchInPage(getBrowser(), page, (await edge.address) + path, options);
  }

  it.each([
    { name: 'a page of a listed origin', page: LISTED_PAGE, variables: LIST },
    { name: 'a page below a listed domain', page: WILDCARD_PAGE, variables: LIST },
    { name: 'any page if ALLOWED_ORIGINS is *', page: OTHER_PAGE, variables: EVERYONE },
    { name: 'an isolated page of a listed origin', page: ISOLATED_PAGE, variables: LIST },
    { name: 'an isolated page if ALLOWED_ORIGINS is *', page: ISOLATED_PAGE, variables: EVERYONE },
  ])('lets $name read a recording and its exposed headers', async ({ page, variables }) => {
    const seen = await read(page, variables);
    expect(seen).toMatchObject({ type: 'cors', status: 200, isIsolated: page === ISOLATED_PAGE });
    expect(seen).toMatchObject({
      headers: {
        'cache-status': 'room-recordings; fwd=uri-miss; fwd-status=200; stored',
        date: expect.any(String),
        etag: expect.stringMatching(/^W\//),
        'x-request-id': expect.any(String),
      },
    });
    expect(seen === 'blocked' ? '' : seen.text).toContain(`"sid":"${SID}"`);
  });

  it.each([
    { name: 'a page of another origin', page: OTHER_PAGE, variables: LIST, options: {} },
    {
      name: 'a page of the wildcard domain itself',
      page: 'https://example.org/',
      variables: LIST,
      options: {},
    },
    { name: 'a page on another port', page: 'https://app.example.com:444/', variables: LIST, options: {} },
    {
      name: 'a page of a domain with the same suffix',
      page: 'https://evil-example.org/',
      variables: LIST,
      options: {},
    },
    {
      name: 'a page of another origin that sends a header',
      page: OTHER_PAGE,
      variables: LIST,
      options: { headers: { 'If-None-Match': '*' } },
    },
    {
      name: 'a page of a listed origin with credentials',
      page: LISTED_PAGE,
      variables: LIST,
      options: { credentials: 'include' },
    },
    {
      name: 'a page with credentials if ALLOWED_ORIGINS is *',
      page: LISTED_PAGE,
      variables: EVERYONE,
      options: { credentials: 'include' },
    },
    {
      name: 'a page of another origin with credentials if ALLOW_CREDENTIALS is true',
      page: OTHER_PAGE,
      variables: WITH_CREDENTIALS,
      options: { credentials: 'include' },
    },
    {
      name: 'a page of a listed origin with a header that is not listed',
      page: LISTED_PAGE,
      variables: LIST,
      options: { headers: { 'X-Other': '1' } },
    },
    {
      name: 'a page of another origin with a no-cors request',
      page: OTHER_PAGE,
      variables: LIST,
      options: { mode: 'no-cors' },
    },
  ] as const)('does not let $name read the recording', async ({ page, variables, options }) => {
    expect(await read(page, variables, options)).toBe('blocked');
  });

  it.each([
    {
      name: 'with credentials',
      page: LISTED_PAGE,
      variables: WITH_CREDENTIALS,
      options: { credentials: 'include' },
    },
    {
      name: 'below a listed domain with credentials',
      page: WILDCARD_PAGE,
      variables: WITH_CREDENTIALS,
      options: { credentials: 'include' },
    },
    {
      name: 'without credentials if ALLOW_CREDENTIALS is true',
      page: LISTED_PAGE,
      variables: WITH_CREDENTIALS,
      options: {},
    },
    {
      name: 'with a token',
      page: LISTED_PAGE,
      variables: LIST,
      options: { headers: { Authorization: 'Bearer x' } },
    },
    {
      name: 'with the headers of tracing SDKs',
      page: LISTED_PAGE,
      variables: LIST,
      options: { headers: TRACING_HEADERS },
    },
    {
      name: 'with the headers of libraries',
      page: LISTED_PAGE,
      variables: LIST,
      options: { headers: LIBRARY_HEADERS },
    },
    {
      name: 'with a header of ALLOWED_HEADERS',
      page: LISTED_PAGE,
      variables: WITH_HEADERS,
      options: { headers: { 'x-APP-version': '1' } },
    },
    {
      name: 'with a header of ALLOWED_HEADERS if ALLOWED_ORIGINS is *',
      page: OTHER_PAGE,
      variables: ALL_WITH_HEADERS,
      options: { headers: { 'X-App-Version': '1' } },
    },
  ] as const)('lets an allowed page read $name', async ({ page, variables, options }) => {
    expect(await read(page, variables, options)).toMatchObject({ type: 'cors', status: 200 });
  });

  it('lets an isolated page embed a response without CORS if ALLOWED_ORIGINS is *', async () => {
    expect(await read(ISOLATED_PAGE, EVERYONE, { mode: 'no-cors' })).toMatchObject({ type: 'opaque' });
  });

  it.each([
    { status: 304, path: PATH, options: { headers: { 'If-None-Match': '*' } }, text: '' },
    {
      status: 404,
      path: `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`,
      options: {},
      text: '"error":"not_found"',
    },
    { status: 400, path: `${PATH}.json`, options: {}, text: '"error":"invalid_sid"' },
    {
      status: 412,
      path: PATH,
      options: { headers: { 'If-Match': '"x"' } },
      text: '"error":"precondition_failed"',
    },
  ])('lets a page of a listed origin read a $status', async ({ status, path, options, text }) => {
    const edge = createTestEdge(status === 404 ? findNothing : undefined, LIST);
    const seen = await read(LISTED_PAGE, LIST, options, path, edge);
    expect(seen).toMatchObject({ type: 'cors', status });
    expect(seen).toMatchObject({
      text: expect.stringContaining(text),
      headers: { 'x-request-id': expect.any(String) },
    });
  });

  it.each([
    { name: 'a page of a listed origin', page: LISTED_PAGE, variables: LIST },
    { name: 'any page if ALLOWED_ORIGINS is *', page: OTHER_PAGE, variables: EVERYONE },
  ])('exposes the listed headers to $name, and no others', async ({ page, variables }) => {
    const edge = createTestEdge(undefined, { ...variables, RATE_LIMIT: '2/60' });
    const seen: (PageResponse | 'blocked')[] = [];
    for (let count = 0; count < 3; count += 1) seen.push(await read(page, {}, {}, PATH, edge));
    const recordingHeaders = [...COMMON_HEADERS, 'cache-status', 'etag'];
    expect(seen.map(listHeaderNames)).toEqual(
      [recordingHeaders, [...recordingHeaders, 'age'], [...COMMON_HEADERS, 'retry-after']].map((names) =>
        names.toSorted(),
      ),
    );
    expect(seen[2]).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
  });

  it.each([
    { name: 'without additional headers', preflights: 0, headers: {} },
    { name: 'with Accept', preflights: 0, headers: { Accept: 'application/json' } },
    { name: 'with a simple Range', preflights: 0, headers: { Range: 'bytes=0-9' } },
    { name: 'with If-None-Match', preflights: 1, headers: { 'If-None-Match': '*' } },
    { name: 'with Authorization', preflights: 1, headers: { Authorization: 'Bearer x' } },
  ])('sends $preflights preflights before a request $name', async ({ preflights, headers }) => {
    const edge = createTestEdge(undefined, LIST);
    const seen = await read(LISTED_PAGE, {}, { headers: { ...headers } }, PATH, edge);
    expect(seen).not.toBe('blocked');
    expect([countRequests(edge, 'OPTIONS'), countRequests(edge, 'GET')]).toEqual([preflights, 1]);
  });

  it('blocks the 404 of an unknown recording for a page of another origin', async () => {
    expect(await read(OTHER_PAGE, LIST, {}, PATH, createTestEdge(findNothing, LIST))).toBe('blocked');
  });
});
