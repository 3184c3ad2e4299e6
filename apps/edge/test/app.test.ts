import { signRecordingUrl } from '@room-recordings/core/signing';
import { RecordingsError } from '@room-recordings/core';
import { expect, it } from 'vitest';
import type { LoggedEntry } from './support/in-process-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from './support/test-edge.ts';
import { PATH, PUBLIC_URL, RECORDING } from './support/recording.ts';

/** A clock that goes on by a millisecond with each look at it, and by more when a test says so. */
function createMovingClock() {
  let time = NOW;
  return {
    now: () => (time += 1),
    skip(ms: number) {
      time += ms;
    },
  };
}

const millisecondsOf = (response: Response): number =>
  Number(/^edge;dur=(\d+)$/.exec(response.headers.get('Server-Timing') ?? '')?.[1]);

it('Server-Timing and the log count the time of a miss, with the call of the source', async () => {
  const clock = createMovingClock();
  const read = () => {
    clock.skip(70);
    return Promise.resolve(RECORDING);
  };
  const edge = createTestEdge(read, { SERVER_TIMING: 'true' }, { now: clock.now });
  const response = await edge.request();
  expect(millisecondsOf(response)).toBeGreaterThan(70);
  expect(millisecondsOf(response)).toBeLessThan(100);
  expect(edge.logEntries[0]?.['duration_ms']).toBeGreaterThan(70);
});

it('Server-Timing and the log count the time of a hit', async () => {
  const edge = createTestEdge(undefined, { SERVER_TIMING: 'true' }, { now: createMovingClock().now });
  await edge.request();
  const hit = await edge.request();
  expect(hit.headers.get('Cache-Status')).toContain('; hit');
  expect(millisecondsOf(hit)).toBeGreaterThan(1);
  expect(edge.logEntries[1]?.['duration_ms']).toBeGreaterThan(0);
});

it('the log has the time at which a request came, not the time at which it was over', async () => {
  const clock = createMovingClock();
  const read = () => {
    clock.skip(60_000);
    return Promise.resolve(RECORDING);
  };
  const edge = createTestEdge(read, {}, { now: clock.now });
  await edge.request();
  expect(String(edge.logEntries[0]?.['time']).slice(0, 19)).toBe(new Date(NOW).toISOString().slice(0, 19));
});

it('the line about a failed read counts the time of the read', async () => {
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

it('Server-Timing is not sent by default', async () => {
  expect((await createTestEdge().request()).headers.get('Server-Timing')).toBeNull();
});

it('a hit makes no log entry of a level that is not logged', async () => {
  const lines: LoggedEntry[] = [];
  const log = {
    wants: (level: 'error' | 'info' | 'debug') => level === 'error',
    write: (line: LoggedEntry) => void lines.push(line),
  };
  const edge = createTestEdge(undefined, {}, { logger: log });
  await edge.request();
  const before = lines.length;
  await edge.request();
  expect(lines.length).toBe(before);
});

it('a signed URL that has expired is refused also if the rate limit answers later', async () => {
  const keys = [{ id: 'march', secret: 'canary-of-march-canary-of-march-0' }];
  const variables = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `march:${keys[0]?.secret}` };
  const url = await signRecordingUrl(PUBLIC_URL + PATH, { keys, expiresIn: 60, now: NOW });
  const signed = url.slice(PUBLIC_URL.length);
  let now = NOW;
  // One edge, which remembers the URL: the time of the request alone ends it.
  const edge = createTestEdge(undefined, variables, {
    now: () => now,
    limitClient: () => Promise.resolve(undefined),
  });
  expect((await edge.request(signed)).status).toBe(200);
  now += 61_000;
  expect((await edge.request(signed)).status).toBe(403);
});

it('a 401 names its scheme also if the rate limit answers later', async () => {
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

it('Content-Length counts bytes where a name is beyond ASCII', async () => {
  const read = () => Promise.resolve({ ...RECORDING, track_name: 'Mikrofon für Zoë 🎤' });
  const edge = createTestEdge(read);
  for (const method of ['GET', 'HEAD']) {
    const { headers } = await edge.request(PATH, { method });
    const body = await (await edge.request()).arrayBuffer();
    expect(headers.get('Content-Length')).toBe(String(body.byteLength));
  }
});
