import * as core from '@room-recordings/core';
import { expect, test } from 'vitest';
import { runSuite, type CoreUnderTest } from '../src/suite.ts';
import { errorFixture, pageFixture, recording, recordingFixture } from './example-fixtures.ts';

type Fetch = core.RecordingsClient['fetch'];

/** Creates a core whose parser changes its result. */
function withParserChange(changes: object): CoreUnderTest {
  return {
    ...core,
    parseRecordingResponse: async (...args) => ({
      ...(await core.parseRecordingResponse(...args)),
      ...changes,
    }),
  };
}

/** Creates a core with another `fetch()` of its client. */
function withClientFetch(change: (fetch: Fetch) => Fetch): CoreUnderTest {
  return {
    ...core,
    createRecordingsClient(options) {
      const client = core.createRecordingsClient(options);
      return { ...client, fetch: change((...args) => client.fetch(...args)) };
    },
  };
}

/** Creates a core whose client changes its requests. */
function withRequestChange(change: (url: string, init: RequestInit) => [string, RequestInit]): CoreUnderTest {
  return {
    ...core,
    createRecordingsClient({ fetch: send = fetch, ...options } = {}) {
      return core.createRecordingsClient({
        ...options,
        // The changed request may violate the type: the suite must detect it.
        fetch: (url, init) => send(...(change(url, init) as [string, core.FetchInit])),
      });
    },
  };
}

test('the built core passes the suite, with an output for each fixture in their order', async () => {
  expect(await runSuite(core, [recordingFixture, errorFixture])).toEqual([
    { name: recordingFixture.name, outcome: 'passed', output: { recording } },
    {
      name: errorFixture.name,
      outcome: 'passed',
      output: {
        error: {
          code: 'rate_limited',
          status: 429,
          retryAfter: 7,
          message: 'The server responded with status 429.',
          issues: [],
        },
      },
    },
  ]);
});

test('a page passes the suite, and its output is the page', async () => {
  expect(await runSuite(core, [pageFixture])).toEqual([
    { name: pageFixture.name, outcome: 'passed', output: pageFixture.expect },
  ]);
});

test('a core that changes a page, or requests another one, fails the suite', async () => {
  const other: CoreUnderTest = {
    ...core,
    createRecordingsClient(options) {
      const client = core.createRecordingsClient(options);
      return { ...client, page: (roomSid) => client.page(roomSid, { pageSize: 1 }) };
    },
  };
  const [changed] = await runSuite(core, [
    { ...pageFixture, expect: { page: { recordings: [recording], meta: {} } } },
  ]);
  const [elsewhere] = await runSuite(other, [pageFixture]);
  const [refused] = await runSuite(core, [{ ...pageFixture, response: errorFixture.response }]);
  expect(changed?.detail).toBe('page.meta.key: expected nothing, got "recordings"');
  expect(elsewhere?.detail).toMatch(/^requests\.0\.url: expected .+, got ".+PageSize=1"$/);
  expect(refused?.detail).toBe('expected a page, got rate_limited: The server responded with status 429.');
});

test('a core that changes an attribute fails the suite', async () => {
  const [result] = await runSuite(withParserChange({ codec: 'PCMU' }), [recordingFixture]);
  expect(result).toMatchObject({ outcome: 'failed', detail: 'recording.codec: expected "OPUS", got "PCMU"' });
});

test('a core that adds an attribute fails the suite', async () => {
  const [result] = await runSuite(withParserChange({ status_callback: 'x' }), [recordingFixture]);
  expect(result).toMatchObject({
    outcome: 'failed',
    detail: 'recording.status_callback: expected nothing, got "x"',
  });
});

test('a core whose client has another result fails the suite', async () => {
  const wrong = withClientFetch((fetch) => async (...args) => ({ ...(await fetch(...args)), codec: 'PCMU' }));
  const [result] = await runSuite(wrong, [recordingFixture]);
  expect(result).toMatchObject({
    outcome: 'failed',
    detail: 'the client has another result: recording.codec: expected "OPUS", got "PCMU"',
  });
});

test('a fixture with now is parsed at that time, and not through the client', async () => {
  const headers = { 'Retry-After': 'Thu, 30 Jul 2015 20:00:07 GMT' };
  const dated = {
    ...errorFixture,
    now: '2015-07-30T20:00:00Z',
    response: { ...errorFixture.response, headers },
  };
  const silent = withClientFetch(() => () => Promise.reject(new Error('Called.')));
  const [result] = await runSuite(silent, [dated]);
  expect(result?.outcome).toBe('passed');
});

test.each([
  {
    name: 'follows redirects',
    init: { redirect: 'follow' },
    detail: 'redirect: expected "manual", got "follow"',
  },
  { name: 'uses another method', init: { method: 'DELETE' }, detail: 'method: expected "GET", got "DELETE"' },
  { name: 'sends no signal', init: { signal: null }, detail: 'hasSignal: expected true, got false' },
  {
    name: 'sends another header',
    init: { headers: { Accept: 'application/json', 'X-More': '1' } },
    detail: 'headers.x-more: expected nothing, got "1"',
  },
] satisfies readonly { name: string; init: RequestInit; detail: string }[])(
  'a core that $name fails the suite',
  async ({ init, detail }) => {
    const [result] = await runSuite(
      withRequestChange((url, args) => [url, { ...args, ...init }]),
      [recordingFixture],
    );
    expect(result).toMatchObject({ outcome: 'failed', detail: `requests.0.${detail}` });
  },
);

test('a core that omits an attribute fails the suite', async () => {
  const [result] = await runSuite(core, [
    { ...recordingFixture, expect: { recording: { ...recording, media: null } } },
  ]);
  expect(result).toMatchObject({ outcome: 'failed', detail: 'recording.media: expected null, got nothing' });
});

test('a core that sends no request or uses another URL fails the suite', async () => {
  const elsewhere: CoreUnderTest = {
    ...core,
    createRecordingsClient: (options) =>
      core.createRecordingsClient({ ...options, baseUrl: 'https://example.com' }),
  };
  const silent = withClientFetch(
    () => () =>
      Promise.reject(
        new core.RecordingsError('rate_limited', 'The server responded with status 429.', {
          status: 429,
          retryAfter: 7,
        }),
      ),
  );
  const [sentElsewhere] = await runSuite(elsewhere, [recordingFixture]);
  const [sentNothing] = await runSuite(silent, [errorFixture]);
  expect(sentElsewhere?.detail).toMatch(/^requests\.0\.url: expected "https:\/\/video\.twilio\.com/);
  expect(sentNothing?.detail).toMatch(/^requests\.0: .+, got nothing$/);
});

test('a core with a recording instead of an error, or the reverse, fails the suite', async () => {
  const results = await runSuite(core, [
    { ...recordingFixture, expect: errorFixture.expect },
    { ...errorFixture, expect: recordingFixture.expect },
  ]);
  expect(results.map(({ detail }) => detail)).toEqual([
    'expected rate_limited, got a recording',
    'expected a recording, got rate_limited: The server responded with status 429.',
  ]);
});

test.each([
  { error: { code: 'upstream' }, detail: 'code: expected "upstream", got "rate_limited"' },
  { error: { code: 'rate_limited', status: 503 }, detail: 'status: expected 503, got 429' },
  { error: { code: 'rate_limited', retryAfter: 8 }, detail: 'retryAfter: expected 8, got 7' },
  { error: { code: 'rate_limited', paths: ['offset'] }, detail: 'paths.0: expected "offset", got nothing' },
  { error: { code: 'rate_limited' }, detail: 'status: expected nothing, got 429' },
  {
    error: { code: 'rate_limited', status: 429 },
    detail: 'retryAfter: expected nothing, got 7',
  },
  {
    error: { code: 'rate_limited', status: 429, retryAfter: 7, requestId: 'RQ1' },
    detail: 'requestId: expected "RQ1", got nothing',
  },
  {
    error: { code: 'rate_limited', status: 429, retryAfter: 7, message: 'Too many.' },
    detail: 'message: expected "Too many.", got "The server responded with status 429."',
  },
])('a core whose error has another member fails the suite: $detail', async ({ error, detail }) => {
  const [result] = await runSuite(core, [{ ...errorFixture, expect: { error } }]);
  expect(result).toMatchObject({ outcome: 'failed', detail });
});

test('a core whose error has another class fails the suite', async () => {
  const foreign = Object.assign(new Error('Too many.'), { code: 'rate_limited', status: 429 });
  const wrong = withClientFetch(
    (fetch) =>
      (...args) =>
        fetch(...args).catch(() => Promise.reject(foreign)),
  );
  const [result] = await runSuite(wrong, [errorFixture]);
  expect(result?.detail).toBe('expected a RecordingsError, got Error: Too many.');
});

test('a core that throws synchronously fails that case only', async () => {
  const broken: CoreUnderTest = {
    ...core,
    createRecordingsClient: () => {
      throw new Error('No client.');
    },
  };
  const results = await runSuite(broken, [
    recordingFixture,
    { ...errorFixture, now: '2015-07-30T20:00:00Z' },
  ]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'passed']);
  expect(results[0]?.detail).toBe('Error: No client.');
});

test('a value that is not a fixture is a failed case', async () => {
  const both = { ...recordingFixture, expect: { ...recordingFixture.expect, ...errorFixture.expect } };
  const results = await runSuite(core, [{ ...recordingFixture, expect: {} }, both, null]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
  expect(results.map(({ name }) => name)).toEqual([
    recordingFixture.name,
    recordingFixture.name,
    'Fixture 3, which has no name',
  ]);
});
