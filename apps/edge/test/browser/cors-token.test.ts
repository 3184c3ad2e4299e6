import { describe, expect, it } from 'vitest';
import { TWILIO_ACCESS, createTwilioToken } from '../auth/tokens.ts';
import { PATH, ROOM_SID, SID } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { CHROMIUM, useChromium } from './browsers.ts';
import {
  COMMON_HEADERS,
  countRequests,
  fetchInPage,
  LIST,
  LISTED_PAGE,
  listHeaderNames,
  openSession,
  OTHER_PAGE,
  WILDCARD_PAGE,
} from './page-fetch.ts';

// `cors.test.ts` reports a missing Chromium.
describe.skipIf(CHROMIUM === undefined)('Chromium with ACCESS=twilio-token', () => {
  const getBrowser = useChromium();

  const read = async (page: string, headers: Readonly<Record<string, string>>, edge = createGuardedEdge()) =>
    fetchInPage(getBrowser(), page, (await edge.address) + PATH, { headers });

  const OTHER_ROOM = `RM${'b'.repeat(32)}`;
  // The package that creates the tokens uses the system clock.
  const createGuardedEdge = () =>
    createTestEdge(undefined, { ...LIST, ...TWILIO_ACCESS }, { now: () => Date.now() });
  const authorize = (room: string) => ({ Authorization: `Bearer ${createTwilioToken({ room })}` });

  /** Each kind of response, and the request headers that cause it. */
  const RESPONSES: readonly {
    readonly status: number;
    readonly text: string;
    readonly createHeaders: () => Readonly<Record<string, string>>;
  }[] = [
    { status: 401, text: '"error":"token_missing"', createHeaders: () => ({}) },
    { status: 401, text: '"error":"token_invalid"', createHeaders: () => ({ Authorization: 'Bearer x' }) },
    { status: 403, text: '"error":"forbidden"', createHeaders: () => authorize(OTHER_ROOM) },
    { status: 200, text: `"sid":"${SID}"`, createHeaders: () => authorize(ROOM_SID) },
    { status: 304, text: '', createHeaders: () => ({ ...authorize(ROOM_SID), 'If-None-Match': '*' }) },
  ];
  const ALLOWED_PAGES = [
    { name: 'a page of a listed origin', page: LISTED_PAGE },
    { name: 'a page below a listed domain', page: WILDCARD_PAGE },
  ] as const;
  const CASES = ALLOWED_PAGES.flatMap((allowed) =>
    RESPONSES.map((response) => ({ ...allowed, ...response })),
  );

  it.each(CASES)('lets $name read a $status $text', async ({ page, status, text, createHeaders }) => {
    const seen = await read(page, createHeaders());
    expect(seen).toMatchObject({
      type: 'cors',
      status,
      text: expect.stringContaining(text),
      headers: { 'x-request-id': expect.any(String) },
    });
  });

  it.each(ALLOWED_PAGES)('exposes WWW-Authenticate of a 401 to $name', async ({ page }) => {
    const edge = createGuardedEdge();
    const { headers } = await edge.request();
    expect(headers.get('WWW-Authenticate')).toContain('Bearer');
    const seen = [...COMMON_HEADERS, 'www-authenticate'];
    expect(listHeaderNames(await read(page, {}, edge))).toEqual(seen.toSorted());
  });

  it('authorizes each user of one browser, whose cache has the response of another user', async () => {
    const edge = createGuardedEdge();
    const url = (await edge.address) + PATH;
    const session = await openSession(getBrowser());
    const request = async (headers: Readonly<Record<string, string>>) => {
      const before = countRequests(edge, 'GET');
      const seen = await session.fetch(LISTED_PAGE, url, { headers, cache: 'default' });
      if (seen === 'blocked') return seen;
      return {
        status: seen.status,
        calls: countRequests(edge, 'GET') - before,
        hasRecording: seen.text.includes(SID),
      };
    };
    const alice = authorize(ROOM_SID);
    expect(await request(alice)).toEqual({ status: 200, calls: 1, hasRecording: true });
    // This response is in the cache of the browser now. Without that, the requests below would not prove anything.
    expect(await request(alice)).toEqual({ status: 200, calls: 0, hasRecording: true });
    for (const [status, others] of [
      [403, authorize(OTHER_ROOM)],
      [401, { Authorization: 'Bearer x' }],
      [401, {}],
      [200, { Authorization: `Bearer ${createTwilioToken({ ttl: 1800 })}` }],
    ] as const) {
      expect(await request(others)).toEqual({ status, calls: 1, hasRecording: status === 200 });
      expect(await request(alice)).toMatchObject({ status: 200, hasRecording: true });
    }
    await session.close();
  });

  it.each(RESPONSES)('blocks a $status $text for a page of another origin', async ({ createHeaders }) => {
    expect(await read(OTHER_PAGE, createHeaders())).toBe('blocked');
  });
});
