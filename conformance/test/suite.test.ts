import * as core from '@room-recordings/core';
import { expect, test } from 'vitest';
import { runSuite, type CoreUnderTest } from '../src/suite.ts';
import { exchange, recording, refusal } from './exchange.ts';

type Fetch = core.RecordingsClient['fetch'];

/** A core whose reader changes what it reads. */
function misread(changes: object): CoreUnderTest {
  return {
    ...core,
    parseRecordingResponse: async (...asked) => ({
      ...(await core.parseRecordingResponse(...asked)),
      ...changes,
    }),
  };
}

/** A core whose client changes what it reads, or how it asks. */
function bend(change: (fetch: Fetch) => Fetch): CoreUnderTest {
  return {
    ...core,
    createRecordingsClient(options) {
      const client = core.createRecordingsClient(options);
      return { fetch: change((...asked) => client.fetch(...asked)) };
    },
  };
}

/** A core whose client asks in another way. */
function ask(change: (url: string, init: RequestInit) => [string, RequestInit]): CoreUnderTest {
  return {
    ...core,
    createRecordingsClient({ fetch: send = fetch, ...options } = {}) {
      return core.createRecordingsClient({
        ...options,
        // A change may leave the type: the suite has to find it.
        fetch: (url, init) => send(...(change(url, init) as [string, core.FetchInit])),
      });
    },
  };
}

test('the built core passes, in the order of the fixtures, and what came out is told', async () => {
  expect(await runSuite(core, [exchange, refusal])).toEqual([
    { name: exchange.name, outcome: 'passed', came: { recording } },
    {
      name: refusal.name,
      outcome: 'passed',
      came: {
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

test('a core that reads one attribute wrong fails', async () => {
  const [result] = await runSuite(misread({ codec: 'PCMU' }), [exchange]);
  expect(result).toMatchObject({ outcome: 'failed', detail: 'recording.codec: expected "OPUS", got "PCMU"' });
});

test('a core that lets an attribute through fails', async () => {
  const [result] = await runSuite(misread({ status_callback: 'x' }), [exchange]);
  expect(result).toMatchObject({
    outcome: 'failed',
    detail: 'recording.status_callback: expected nothing, got "x"',
  });
});

test('a core whose client reads something else fails', async () => {
  const wrong = bend((fetch) => async (...asked) => ({ ...(await fetch(...asked)), codec: 'PCMU' }));
  const [result] = await runSuite(wrong, [exchange]);
  expect(result).toMatchObject({
    outcome: 'failed',
    detail: 'the client reads something else: recording.codec: expected "OPUS", got "PCMU"',
  });
});

test('an answer with a moment of its own is read at that moment, and not through the client', async () => {
  const headers = { 'Retry-After': 'Thu, 30 Jul 2015 20:00:07 GMT' };
  const dated = { ...refusal, now: '2015-07-30T20:00:00Z', response: { ...refusal.response, headers } };
  const mute = bend(() => () => Promise.reject(new Error('Asked.')));
  const [result] = await runSuite(mute, [dated]);
  expect(result?.outcome).toBe('passed');
});

test.each([
  {
    name: 'follows redirects',
    init: { redirect: 'follow' },
    detail: 'redirect: expected "manual", got "follow"',
  },
  { name: 'writes', init: { method: 'DELETE' }, detail: 'method: expected "GET", got "DELETE"' },
  { name: 'cannot be ended', init: { signal: null }, detail: 'canBeEnded: expected true, got false' },
  {
    name: 'sends a header more',
    init: { headers: { Accept: 'application/json', 'X-More': '1' } },
    detail: 'headers.x-more: expected nothing, got "1"',
  },
] satisfies readonly { name: string; init: RequestInit; detail: string }[])(
  'a core that $name fails',
  async ({ init, detail }) => {
    const [result] = await runSuite(
      ask((url, asked) => [url, { ...asked, ...init }]),
      [exchange],
    );
    expect(result).toMatchObject({ outcome: 'failed', detail: `asked.0.${detail}` });
  },
);

test('a core that drops an attribute fails', async () => {
  const [result] = await runSuite(core, [
    { ...exchange, expect: { recording: { ...recording, media: null } } },
  ]);
  expect(result).toMatchObject({ outcome: 'failed', detail: 'recording.media: expected null, got nothing' });
});

test('a core that sends nothing, or to somewhere else, fails', async () => {
  const elsewhere: CoreUnderTest = {
    ...core,
    createRecordingsClient: (options) =>
      core.createRecordingsClient({ ...options, baseUrl: 'https://example.com' }),
  };
  const mute = bend(
    () => () =>
      Promise.reject(
        new core.RecordingsError('rate_limited', 'The server responded with status 429.', {
          status: 429,
          retryAfter: 7,
        }),
      ),
  );
  const [sentElsewhere] = await runSuite(elsewhere, [exchange]);
  const [sentNothing] = await runSuite(mute, [refusal]);
  expect(sentElsewhere?.detail).toMatch(/^asked\.0\.url: expected "https:\/\/video\.twilio\.com/);
  expect(sentNothing?.detail).toMatch(/^asked\.0: .+, got nothing$/);
});

test('a core that reads what it has to refuse fails, and one that refuses what it has to read', async () => {
  const results = await runSuite(core, [
    { ...exchange, expect: refusal.expect },
    { ...refusal, expect: exchange.expect },
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
])('an error that is not the expected one fails: $detail', async ({ error, detail }) => {
  const [result] = await runSuite(core, [{ ...refusal, expect: { error } }]);
  expect(result).toMatchObject({ outcome: 'failed', detail });
});

test('an error of another class fails, whatever its code', async () => {
  const foreign = Object.assign(new Error('Too many.'), { code: 'rate_limited', status: 429 });
  const wrong = bend(
    (fetch) =>
      (...asked) =>
        fetch(...asked).catch(() => Promise.reject(foreign)),
  );
  const [result] = await runSuite(wrong, [refusal]);
  expect(result?.detail).toBe('expected a RecordingsError, got Error: Too many.');
});

test('a core that throws at once fails its case and no other', async () => {
  const broken: CoreUnderTest = {
    ...core,
    createRecordingsClient: () => {
      throw new Error('No client.');
    },
  };
  const results = await runSuite(broken, [exchange, { ...refusal, now: '2015-07-30T20:00:00Z' }]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'passed']);
  expect(results[0]?.detail).toBe('Error: No client.');
});

test('what is no fixture is a failed case', async () => {
  const both = { ...exchange, expect: { ...exchange.expect, ...refusal.expect } };
  const results = await runSuite(core, [{ ...exchange, expect: {} }, both, null]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
  expect(results.map(({ name }) => name)).toEqual([
    exchange.name,
    exchange.name,
    'Fixture 3, which has no name',
  ]);
});
