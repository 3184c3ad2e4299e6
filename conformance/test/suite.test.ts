import * as core from '@room-recordings/core';
import { expect, test } from 'vitest';
import { runSuite, type CoreUnderTest } from '../src/suite.ts';
import { exchange, recording, refusal } from './exchange.ts';

type Fetch = core.RecordingsClient['fetch'];

/** A core whose answers are changed on their way out. */
function bend(change: (fetch: Fetch) => Fetch): CoreUnderTest {
  return {
    ...core,
    createRecordingsClient(options) {
      const client = core.createRecordingsClient(options);
      return { fetch: change((...asked) => client.fetch(...asked)) };
    },
  };
}

test('the built core passes, in the order of the fixtures', async () => {
  expect(await runSuite(core, [exchange, refusal])).toEqual([
    { name: exchange.name, outcome: 'passed' },
    { name: refusal.name, outcome: 'passed' },
  ]);
});

test('a core that reads one attribute wrong fails', async () => {
  const wrong = bend((fetch) => async (...asked) => ({ ...(await fetch(...asked)), codec: 'PCMU' }));
  expect(await runSuite(wrong, [exchange])).toEqual([
    { name: exchange.name, outcome: 'failed', detail: 'codec: expected "OPUS", got "PCMU"' },
  ]);
});

test('a core that lets an attribute through fails', async () => {
  const leaky = bend((fetch) => async (...asked) => ({ ...(await fetch(...asked)), status_callback: 'x' }));
  const [result] = await runSuite(leaky, [exchange]);
  expect(result).toMatchObject({ outcome: 'failed', detail: 'status_callback: expected nothing, got "x"' });
});

test('a core that drops an attribute fails', async () => {
  const [result] = await runSuite(core, [
    { ...exchange, expect: { recording: { ...recording, media: null } } },
  ]);
  expect(result).toMatchObject({ outcome: 'failed', detail: 'media: expected null, got nothing' });
});

test('a core that sends nothing, or to somewhere else, fails', async () => {
  const elsewhere: CoreUnderTest = {
    ...core,
    createRecordingsClient: (options) =>
      core.createRecordingsClient({ ...options, baseUrl: 'https://example.com' }),
  };
  const mute = bend(
    () => () =>
      Promise.reject(new core.RecordingsError('rate_limited', 'Not asked.', { status: 429, retryAfter: 7 })),
  );
  const [sentElsewhere] = await runSuite(elsewhere, [exchange]);
  const [sentNothing] = await runSuite(mute, [refusal]);
  expect(sentElsewhere?.detail).toMatch(/^urls\.0: expected "https:\/\/video\.twilio\.com/);
  expect(sentNothing?.detail).toMatch(/^urls\.0: .+, got nothing$/);
});

test('a core that reads what it has to refuse fails, and one that refuses what it has to read', async () => {
  const results = await runSuite(core, [
    { ...exchange, expect: refusal.expect },
    { ...refusal, expect: exchange.expect },
  ]);
  expect(results.map(({ detail }) => detail)).toEqual([
    'expected rate_limited, got a recording',
    'expected a recording, got RecordingsError: The server answered with status 429.',
  ]);
});

test.each([
  { error: { code: 'upstream' }, detail: 'code: expected "upstream", got "rate_limited"' },
  { error: { code: 'rate_limited', status: 503 }, detail: 'status: expected 503, got 429' },
  { error: { code: 'rate_limited', retryAfter: 8 }, detail: 'retryAfter: expected 8, got 7' },
  { error: { code: 'rate_limited', paths: ['offset'] }, detail: 'paths.0: expected "offset", got nothing' },
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
  let made = 0;
  const broken: CoreUnderTest = {
    ...core,
    createRecordingsClient(options) {
      made += 1;
      if (made === 1) throw new Error('No client.');
      return core.createRecordingsClient(options);
    },
  };
  const results = await runSuite(broken, [exchange, refusal]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'passed']);
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
