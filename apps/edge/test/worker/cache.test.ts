import { expect, test } from 'vitest';
import { openCacheApi } from '../../src/adapters/fetch-adapter.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { findNothing, RECORDING } from '../support/recording.ts';

const TWILIO = { RECORDINGS_SOURCE: 'twilio', TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'secret' };

/** Starts the edge of one isolate, with its own memory and the Cache API that all isolates share. */
async function startIsolate(
  read: RecordingSource['read'] = () => Promise.resolve(RECORDING),
  variables: Readonly<Record<string, string>> = {},
) {
  const logger = { wants: () => false, write() {} };
  const edge = createInProcessEdge({
    source: { read },
    variables: { ...TWILIO, ...variables },
    services: { now: Date.now, cacheApi: await openCacheApi(), logger },
  });
  return {
    reads: () => edge.reads.length,
    async request() {
      const response = await edge.request();
      const text = await response.text();
      await edge.waitForBackground();
      return {
        status: response.status,
        cacheStatus: response.headers.get('Cache-Status'),
        cacheControl: response.headers.get('Cache-Control'),
        text,
      };
    },
  };
}

test('an isolate serves from the Cache API a recording that another isolate has read', async () => {
  const first = await startIsolate();
  const stored = await first.request();
  const second = await startIsolate();
  const found = await second.request();
  expect(stored.cacheStatus).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
  expect(found.cacheStatus).toMatch(/^room-recordings; hit; ttl=\d+$/);
  expect(found.text).toBe(stored.text);
  expect([first.reads(), second.reads()]).toEqual([1, 0]);
});

test('edges with different public URLs do not share responses', async () => {
  await (await startIsolate()).request();
  const other = await startIsolate(undefined, { PUBLIC_URL: 'https://other.example.com' });
  expect((await other.request()).text).toContain('https://other.example.com/v1/');
  expect(other.reads()).toBe(1);
});

test('a 404 is cached in the memory of its isolate only', async () => {
  const variables = { PUBLIC_URL: 'https://lost.example.com' };
  const first = await startIsolate(findNothing, variables);
  expect([(await first.request()).status, (await first.request()).status, first.reads()]).toEqual([
    404, 404, 1,
  ]);
  const second = await startIsolate(undefined, variables);
  expect([(await second.request()).status, second.reads()]).toEqual([200, 1]);
});

test('archives do not share responses, because their cache keys are equal', async () => {
  const archive = { RECORDINGS_SOURCE: 'archive', PUBLIC_URL: 'https://archive.example.com' };
  const first = await startIsolate(undefined, archive);
  await first.request();
  const hit = await first.request();
  const second = await startIsolate(undefined, archive);
  await second.request();
  expect(hit.cacheStatus).toMatch(/^room-recordings; hit; ttl=\d+$/);
  expect([first.reads(), second.reads()]).toEqual([1, 1]);
});

test('a shorter lifetime applies to entries that an isolate with a longer lifetime has stored', async () => {
  const address = { PUBLIC_URL: 'https://lifetimes.example.com' };
  const readInNewIsolate = async (lifetime: string) => {
    const isolate = await startIsolate(undefined, { ...address, LIFETIME_COMPLETED: lifetime });
    const { cacheStatus, cacheControl } = await isolate.request();
    return { cacheStatus, cacheControl, reads: isolate.reads() };
  };
  await readInNewIsolate('3600/0/3600');
  expect(await readInNewIsolate('1000/0/0')).toEqual({
    cacheStatus: expect.stringMatching(/^room-recordings; hit; ttl=\d{1,3}$/),
    cacheControl: 'public, max-age=1000',
    reads: 0,
  });
  expect(await readInNewIsolate('0/0/0')).toEqual({
    cacheStatus: 'room-recordings; fwd=stale; fwd-status=200; stored',
    cacheControl: 'public, max-age=0',
    reads: 1,
  });
});
