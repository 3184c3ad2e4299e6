import { expect, test } from 'vitest';
import { openCacheApi } from '../../src/adapters/fetch-adapter.ts';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { findNothing, PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';

const TWILIO = { RECORDINGS_SOURCE: 'twilio', TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'secret' };

/** The edge of one isolate: memory of its own, and the Cache API that isolates share. */
async function startIsolate(
  read: RecordingSource['read'] = () => Promise.resolve(RECORDING),
  variables: Readonly<Record<string, string>> = {},
) {
  const background: Promise<unknown>[] = [];
  let reads = 0;
  const settings = parseConfig({ ...TWILIO, ACCESS: 'public', PUBLIC_URL, ...variables });
  const source: RecordingSource = {
    read(id) {
      reads += 1;
      return read(id);
    },
  };
  const { app } = createEdge(settings, source, {
    now: Date.now,
    waitUntil: (work) => void background.push(work),
    cacheApi: await openCacheApi(),
    logger: { wants: () => false, write() {} },
  });
  const answer = createFetchHandler(app);
  return {
    reads: () => reads,
    async ask() {
      const response = await answer(new Request(PUBLIC_URL + PATH));
      const text = await response.text();
      while (background.length > 0) await background.shift();
      return {
        status: response.status,
        said: response.headers.get('Cache-Status'),
        cacheControl: response.headers.get('Cache-Control'),
        text,
      };
    },
  };
}

test('an isolate answers from the Cache API what another one has read', async () => {
  const first = await startIsolate();
  const stored = await first.ask();
  const second = await startIsolate();
  const found = await second.ask();
  expect(stored.said).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
  expect(found.said).toMatch(/^room-recordings; hit; ttl=\d+$/);
  expect(found.text).toBe(stored.text);
  expect([first.reads(), second.reads()]).toEqual([1, 0]);
});

test('S23: nothing is shared between edges with another public URL', async () => {
  await (await startIsolate()).ask();
  const other = await startIsolate(undefined, { PUBLIC_URL: 'https://other.example.com' });
  expect((await other.ask()).text).toContain('https://other.example.com/v1/');
  expect(other.reads()).toBe(1);
});

test('S69: what is not there is remembered by its own isolate alone', async () => {
  const lost = { PUBLIC_URL: 'https://lost.example.com' };
  const first = await startIsolate(findNothing, lost);
  expect([(await first.ask()).status, (await first.ask()).status, first.reads()]).toEqual([404, 404, 1]);
  const second = await startIsolate(undefined, lost);
  expect([(await second.ask()).status, second.reads()]).toEqual([200, 1]);
});

test('S23: nothing is shared between archives, whose keys do not tell them apart', async () => {
  const archive = { RECORDINGS_SOURCE: 'archive', PUBLIC_URL: 'https://archive.example.com' };
  const first = await startIsolate(undefined, archive);
  await first.ask();
  const kept = await first.ask();
  const second = await startIsolate(undefined, archive);
  await second.ask();
  expect(kept.said).toMatch(/^room-recordings; hit; ttl=\d+$/);
  expect([first.reads(), second.reads()]).toEqual([1, 1]);
});

test('a shorter lifetime holds for what an isolate with a longer one has stored', async () => {
  const address = { PUBLIC_URL: 'https://lifetimes.example.com' };
  const readAnew = async (lifetime: string) => {
    const isolate = await startIsolate(undefined, { ...address, LIFETIME_COMPLETED: lifetime });
    const { said, cacheControl } = await isolate.ask();
    return { said, cacheControl, reads: isolate.reads() };
  };
  await readAnew('3600/0/3600');
  expect(await readAnew('1000/0/0')).toEqual({
    said: expect.stringMatching(/^room-recordings; hit; ttl=\d{1,3}$/),
    cacheControl: 'public, max-age=1000',
    reads: 0,
  });
  expect(await readAnew('0/0/0')).toEqual({
    said: 'room-recordings; fwd=stale; fwd-status=200; stored',
    cacheControl: 'public, max-age=0',
    reads: 1,
  });
});
