import { signRecordingUrl } from '@room-recordings/core/signing';
import { RecordingsError } from '@room-recordings/core';
import { expect, it } from 'vitest';
import type { LoggedEntry } from './support/in-process-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from './support/test-edge.ts';
import { PATH, PUBLIC_URL, RECORDING } from './support/recording.ts';

/** Creates a clock that advances by 1 ms at each read, and by more with `skip()`. */
function createMovingClock() {
  let time = NOW;
  return {
    now: () => (time += 1),
    skip(ms: number) {
      time += ms;
    },
  };
}

/** Returns the duration of Server-Timing in milliseconds. */
const parseServerTiming = (response: Response): number =>
  Number(/^edge;dur=(\d+)$/.exec(response.headers.get('Server-Timing') ?? '')?.[1]);

it('Server-Timing and the log have the duration of a cache miss, including the read of the source', async () => {
  const clock = createMovingClock();
  const read = () => {
    clock.skip(70);
    return Promise.resolve(RECORDING);
  };
  const edge = createTestEdge(read, { SERVER_TIMING: 'true' }, { now: clock.now });
  const response = await edge.request();
  expect(parseServerTiming(response)).toBeGreaterThan(70);
  expect(parseServerTiming(response)).toBeLessThan(100);
  expect(edge.logEntries[0]?.['duration_ms']).toBeGreaterThan(70);
});

it('Server-Timing and the log have the duration of a cache hit', async () => {
  const edge = createTestEdge(undefined, { SERVER_TIMING: 'true' }, { now: createMovingClock().now });
  await edge.request();
  const hit = await edge.request();
  expect(hit.headers.get('Cache-Status')).toContain('; hit');
  expect(parseServerTiming(hit)).toBeGreaterThan(1);
  expect(edge.logEntries[1]?.['duration_ms']).toBeGreaterThan(0);
});

it('a log entry has the time at which the request arrived, not the time of the response', async () => {
  const clock = createMovingClock();
  const read = () => {
    clock.skip(60_000);
    return Promise.resolve(RECORDING);
  };
  const edge = createTestEdge(read, {}, { now: clock.now });
  await edge.request();
  expect(String(edge.logEntries[0]?.['time']).slice(0, 19)).toBe(new Date(NOW).toISOString().slice(0, 19));
});

it('the log entry of a failed read has the duration of the read', async () => {
  const clock = createMovingClock();
  const read = () => {
    clock.skip(70);
    return Promise.reject(new RecordingsError('network', 'down'));
  };
  const edge = createTestEdge(read, {}, { now: clock.now });
  await edge.request();
  expect(edge.logEntries[0]).toMatchObject({ event: 'upstream.read_failed', code: 'upstream_error' });
  expect(edge.logEntries[0]?.['duration_ms']).toBeGreaterThan(70);
});

it('Server-Timing is absent by default', async () => {
  expect((await createTestEdge().request()).headers.get('Server-Timing')).toBeNull();
});

it('a cache hit does not create a log entry of a level that is not logged', async () => {
  const logEntries: LoggedEntry[] = [];
  const logger = {
    wants: (level: 'error' | 'info' | 'debug') => level === 'error',
    write: (entry: LoggedEntry) => void logEntries.push(entry),
  };
  const edge = createTestEdge(undefined, {}, { logger });
  await edge.request();
  const before = logEntries.length;
  await edge.request();
  expect(logEntries.length).toBe(before);
});

it('an expired signed URL gets a 403 although the rate limiter is asynchronous', async () => {
  const keys = [{ id: 'march', secret: 'canary-of-march-canary-of-march-0' }];
  const variables = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `march:${keys[0]?.secret}` };
  const url = await signRecordingUrl(PUBLIC_URL + PATH, { keys, expiresIn: 60, now: NOW });
  const signed = url.slice(PUBLIC_URL.length);
  let now = NOW;
  // The edge caches the verified URL, so that only the time of the second request makes it expire.
  const edge = createTestEdge(undefined, variables, {
    now: () => now,
    limitClient: () => Promise.resolve(undefined),
  });
  expect((await edge.request(signed)).status).toBe(200);
  now += 61_000;
  expect((await edge.request(signed)).status).toBe(403);
});

it('a 401 has WWW-Authenticate although the rate limiter is asynchronous', async () => {
  const variables = {
    ACCESS: 'twilio-token',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
  };
  for (const limitClient of [undefined, () => Promise.resolve(undefined)]) {
    const response = await createTestEdge(undefined, variables, { limitClient }).request();
    expect(response.status).toBe(401);
    expect(response.headers.get('WWW-Authenticate')).toContain('Bearer');
  }
});
