import process from 'node:process';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TWILIO_ACCESS, twilioToken } from '../auth/tokens.ts';
import { CHROMIUM, startChromium } from './chromium.ts';
import { LIBRARY_HEADERS, TRACING_HEADERS } from './headers.ts';
import { startPages, type Pages } from './pages.ts';
import { openReader, readIn, type Asking, type Seen } from './reader.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { findNothing, PATH, ROOM_SID, SID } from '../support/recording.ts';

const LISTED = 'https://app.example.com/';
const OF_THE_DOMAIN = 'https://a.b.example.org/';
const FOREIGN = 'https://evil.example/';
const ISOLATED = 'https://app.example.com/isolated';

const LIST = { ALLOWED_ORIGINS: 'https://app.example.com,https://*.example.org' };
const WITH_CREDENTIALS = { ...LIST, ALLOW_CREDENTIALS: 'true' };
const EVERYONE = { ALLOWED_ORIGINS: '*' };
const WITH_HEADERS = { ...LIST, ALLOWED_HEADERS: 'x-other, X-App-Version' };
const ALL_WITH_HEADERS = { ...EVERYONE, ALLOWED_HEADERS: 'X-App-Version' };

const isMissing = CHROMIUM === undefined;
if (isMissing && process.env['CI'] !== undefined) {
  throw new Error(
    'There is no Chromium: install it (on Debian: apt-get install chromium), or name it in CHROMIUM.',
  );
}

/** What a script may always see of these answers, and of row C09 what they have. */
const SAFELISTED = ['cache-control', 'content-length', 'content-type'];
const ON_EVERY_ANSWER = [...SAFELISTED, 'date', 'x-request-id'];

const namesOf = (seen: Seen | 'blocked') =>
  seen === 'blocked' ? seen : Object.keys(seen.headers).toSorted();

/** How many requests of a method reached an edge. */
const count = ({ logEntries }: TestEdge, method: string) =>
  logEntries.filter((line) => line['method'] === method).length;

let pages: Pages;
let browser: Browser;

// Without a Chromium these are counted as skipped.
describe.skipIf(isMissing)('in Chromium', () => {
  beforeAll(async () => {
    pages = await startPages();
    browser = await startChromium(CHROMIUM ?? '', pages.port);
  });

  afterAll(async () => {
    await browser.close();
    pages.stop();
  });

  async function read(
    page: string,
    variables: Readonly<Record<string, string>>,
    asking: Asking = {},
    path: string = PATH,
    source = createTestEdge(undefined, variables),
  ) {
    return readIn(browser, page, (await source.address) + path, asking);
  }

  it.each([
    ['C02: a listed page', LISTED, LIST],
    ['S67: a page of a listed domain', OF_THE_DOMAIN, LIST],
    ['C01: any page, where all may', FOREIGN, EVERYONE],
    ['C14: an isolated page', ISOLATED, LIST],
    ['C14: an isolated page, where all may', ISOLATED, EVERYONE],
  ])('%s reads a recording, and what stands beside it', async (_what, page, variables) => {
    const seen = await read(page, variables);
    expect(seen).toMatchObject({ type: 'cors', status: 200, isIsolated: page === ISOLATED });
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
    ['C02: a foreign page', FOREIGN, LIST, {}],
    ['S67: the domain itself', 'https://example.org/', LIST, {}],
    ['S66: a page with a port', 'https://app.example.com:444/', LIST, {}],
    ['S66: a domain that ends alike', 'https://evil-example.org/', LIST, {}],
    ['C05: a foreign page with a header of its own', FOREIGN, LIST, { headers: { 'If-None-Match': '*' } }],
    ['C03: a listed page with credentials', LISTED, LIST, { credentials: 'include' }],
    ['C03: any page with credentials, where all may', LISTED, EVERYONE, { credentials: 'include' }],
    ['C03: a foreign page with credentials', FOREIGN, WITH_CREDENTIALS, { credentials: 'include' }],
    ['C06: a listed page with a header that is not listed', LISTED, LIST, { headers: { 'X-Other': '1' } }],
    ['C13: a foreign page that embeds blindly', FOREIGN, LIST, { mode: 'no-cors' }],
  ] as const)('%s is kept out by the browser', async (_what, page, variables, asking) => {
    expect(await read(page, variables, asking)).toBe('blocked');
  });

  it.each([
    ['C03: with credentials', LISTED, WITH_CREDENTIALS, { credentials: 'include' }],
    ['C03: of a domain, with credentials', OF_THE_DOMAIN, WITH_CREDENTIALS, { credentials: 'include' }],
    ['C03: without credentials, where they may be', LISTED, WITH_CREDENTIALS, {}],
    ['C06: with a token', LISTED, LIST, { headers: { Authorization: 'Bearer x' } }],
    ['with the headers of tracing SDKs', LISTED, LIST, { headers: TRACING_HEADERS }],
    ['with the headers of libraries', LISTED, LIST, { headers: LIBRARY_HEADERS }],
    ['with a header of ALLOWED_HEADERS', LISTED, WITH_HEADERS, { headers: { 'x-APP-version': '1' } }],
    [
      'with a header of ALLOWED_HEADERS, where all may',
      FOREIGN,
      ALL_WITH_HEADERS,
      { headers: { 'X-App-Version': '1' } },
    ],
  ] as const)('a listed page reads %s', async (_what, page, variables, asking) => {
    expect(await read(page, variables, asking)).toMatchObject({ type: 'cors', status: 200 });
  });

  it('C13: an isolated page embeds blindly what all may read', async () => {
    expect(await read(ISOLATED, EVERYONE, { mode: 'no-cors' })).toMatchObject({ type: 'opaque' });
  });

  it.each([
    ['304', PATH, { headers: { 'If-None-Match': '*' } }, ''],
    ['404', `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`, {}, '"error":"not_found"'],
    ['400', `${PATH}.json`, {}, '"error":"invalid_sid"'],
    ['412', PATH, { headers: { 'If-Match': '"x"' } }, '"error":"precondition_failed"'],
  ])('C10: a listed page reads a %s', async (status, path, asking, text) => {
    const source = createTestEdge(status === '404' ? findNothing : undefined, LIST);
    const seen = await read(LISTED, LIST, asking, path, source);
    expect(seen).toMatchObject({ type: 'cors', status: Number(status) });
    expect(seen).toMatchObject({
      text: expect.stringContaining(text),
      headers: { 'x-request-id': expect.any(String) },
    });
  });

  it.each([
    ['C02: a listed page', LISTED, LIST],
    ['C01: any page, where all may', FOREIGN, EVERYONE],
  ])('C09: %s sees the fields that the row lists, and no others', async (_what, page, variables) => {
    const edge = createTestEdge(undefined, { ...variables, RATE_LIMIT: '2/60' });
    const seen: (Seen | 'blocked')[] = [];
    for (let nth = 0; nth < 3; nth += 1) seen.push(await read(page, {}, {}, PATH, edge));
    const ofARecording = [...ON_EVERY_ANSWER, 'cache-status', 'etag'];
    expect(seen.map(namesOf)).toEqual(
      [ofARecording, [...ofARecording, 'age'], [...ON_EVERY_ANSWER, 'retry-after']].map((names) =>
        names.toSorted(),
      ),
    );
    expect(seen[2]).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
  });

  it.each([
    ['without fields of its own', 0, {}],
    ['with an Accept', 0, { Accept: 'application/json' }],
    ['with a Range from its start', 0, { Range: 'bytes=0-9' }],
    ['with If-None-Match', 1, { 'If-None-Match': '*' }],
    ['with Authorization', 1, { Authorization: 'Bearer x' }],
  ])('C16: a read %s is preceded by %i preflights', async (_what, preflights, headers) => {
    const edge = createTestEdge(undefined, LIST);
    const seen = await read(LISTED, {}, { headers: { ...headers } }, PATH, edge);
    expect(seen).not.toBe('blocked');
    expect([count(edge, 'OPTIONS'), count(edge, 'GET')]).toEqual([preflights, 1]);
  });

  it('C10: a foreign page does not see that there is nothing', async () => {
    expect(await read(FOREIGN, LIST, {}, PATH, createTestEdge(findNothing, LIST))).toBe('blocked');
  });

  describe('with ACCESS=twilio-token', () => {
    const OTHER_ROOM = `RM${'b'.repeat(32)}`;
    // The package that makes the tokens has no clock but this one.
    const guarded = () => createTestEdge(undefined, { ...LIST, ...TWILIO_ACCESS }, { now: () => Date.now() });
    const bearer = (room: string) => ({ Authorization: `Bearer ${twilioToken({ room })}` });

    /** Every kind of answer, and how a page asks for it. */
    const ASKINGS: readonly [status: number, text: string, asking: () => Asking][] = [
      [401, '"error":"token_missing"', () => ({})],
      [401, '"error":"token_invalid"', () => ({ headers: { Authorization: 'Bearer x' } })],
      [403, '"error":"forbidden"', () => ({ headers: bearer(OTHER_ROOM) })],
      [200, `"sid":"${SID}"`, () => ({ headers: bearer(ROOM_SID) })],
      [304, '', () => ({ headers: { ...bearer(ROOM_SID), 'If-None-Match': '*' } })],
    ];
    const MAY_READ = [
      ['a listed page', LISTED],
      ['a page of a listed domain', OF_THE_DOMAIN],
    ] as const;
    const CASES = MAY_READ.flatMap(([who, page]) =>
      ASKINGS.map(([status, text, asking]) => ({ who, page, status, text, asking })),
    );

    it.each(CASES)('C10, S76: $who reads a $status $text', async ({ page, status, text, asking }) => {
      const seen = await read(page, {}, asking(), PATH, guarded());
      expect(seen).toMatchObject({
        type: 'cors',
        status,
        text: expect.stringContaining(text),
        headers: { 'x-request-id': expect.any(String) },
      });
    });

    it.each(MAY_READ)('C09: %s sees of a 401 what the row lists, and no more', async (_who, page) => {
      const edge = guarded();
      const { headers } = await edge.request();
      expect(headers.get('WWW-Authenticate')).toContain('Bearer');
      const seen = [...ON_EVERY_ANSWER, 'www-authenticate'];
      expect(namesOf(await read(page, {}, {}, PATH, edge))).toEqual(seen.toSorted());
    });

    it('S78: who reads after another in one browser is judged by the edge, and never given what the other got', async () => {
      const edge = guarded();
      const url = (await edge.address) + PATH;
      const reader = await openReader(browser);
      const ask = async (headers: Readonly<Record<string, string>>) => {
        const before = count(edge, 'GET');
        const seen = await reader.read(LISTED, url, { headers, cache: 'default' });
        if (seen === 'blocked') return seen;
        return { status: seen.status, calls: count(edge, 'GET') - before, hasIt: seen.text.includes(SID) };
      };
      const alice = bearer(ROOM_SID);
      expect(await ask(alice)).toEqual({ status: 200, calls: 1, hasIt: true });
      // From the browser's own cache, which has it for her: else the rest would show nothing.
      expect(await ask(alice)).toEqual({ status: 200, calls: 0, hasIt: true });
      for (const [status, others] of [
        [403, bearer(OTHER_ROOM)],
        [401, { Authorization: 'Bearer x' }],
        [401, {}],
        [200, { Authorization: `Bearer ${twilioToken({ ttl: 1800 })}` }],
      ] as const) {
        expect(await ask(others)).toEqual({ status, calls: 1, hasIt: status === 200 });
        expect(await ask(alice)).toMatchObject({ status: 200, hasIt: true });
      }
      await reader.leave();
    });

    it.each(ASKINGS)('C05, S76: a foreign page reads no %i %s', async (_status, _text, asking) => {
      expect(await read(FOREIGN, {}, asking(), PATH, guarded())).toBe('blocked');
    });
  });
});
