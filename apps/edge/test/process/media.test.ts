import { createRandom } from '@room-recordings/testing/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMediaEdge, readBytes, readSeedMedia, withoutCues } from '../support/media-edge.ts';
import { PATH } from '../support/recording.ts';
import { RUNTIMES, startMediaEdges, type MediaEdges } from './media-edges.ts';

const VP8 = readSeedMedia('vp8');

const FILES = [
  { name: 'VP8', bytes: VP8, query: '', type: 'video/webm' },
  { name: 'VP8 without Cues', bytes: withoutCues(VP8), query: '', type: 'video/webm' },
  { name: 'OPUS', bytes: readSeedMedia('opus'), query: '', type: 'audio/webm' },
  { name: 'H264', bytes: readSeedMedia('h264'), query: '', type: 'video/mp4' },
  {
    name: 'H264 in place',
    bytes: readSeedMedia('h264'),
    query: '?format=matroska',
    type: 'video/x-matroska',
  },
  { name: 'PCMU', bytes: readSeedMedia('pcmu'), query: '', type: 'audio/wav' },
] as const;

/** Random ranges of each file on each runtime; `pnpm test:long` sets 1,700, more than 10,000 on each runtime. */
const RUNS = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 1_000) / 60);

/** Milliseconds until the storage is free: 100 ms, and as much again for a busy machine. */
const MAX_LEAVING_MS = 200;

let edges: MediaEdges;

beforeAll(async () => {
  edges = await startMediaEdges();
}, 60_000);
afterAll(() => edges.stop());

describe.each(RUNTIMES)('media on %s', (runtime) => {
  const get = (path: string, init: RequestInit = {}) => fetch(edges.origin(runtime) + path, init);

  it.each(FILES)(
    'is the same as in process, whole and in random ranges: $name',
    { timeout: 300_000 },
    async (file) => {
      const { bytes, query, type } = file;
      const expected = await readBytes(await createMediaEdge(bytes).request(`${PATH}/Media${query}`));
      const path = edges.add(bytes) + query;
      const response = await get(path);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
      // Bun sends no Content-Length beside a stream (https://github.com/oven-sh/bun/issues/10507).
      const length = runtime === 'bun' ? null : String(expected.byteLength);
      expect(response.headers.get('content-length')).toBe(length);
      expect(Buffer.compare(await readBytes(response), expected)).toBe(0);
      const random = createRandom(4);
      const size = expected.byteLength;
      for (let run = 0; run < RUNS; run += 1) {
        const start = Math.floor(random() * size);
        const end = Math.min(size, start + 1 + Math.floor(random() * (run % 4 === 0 ? size : 5_000)));
        const part = await get(path, { headers: { range: `bytes=${start}-${end - 1}` } });
        expect([part.status, part.headers.get('content-range')]).toEqual([
          206,
          `bytes ${start}-${end - 1}/${size}`,
        ]);
        expect(Buffer.compare(await readBytes(part), expected.subarray(start, end)), `${start}-${end}`).toBe(
          0,
        );
      }
    },
  );

  it('HEAD has the length and the headers of GET, and no header of the storage', async () => {
    const path = edges.add(readSeedMedia('h264'));
    const head = await get(path, { method: 'HEAD' });
    const body = await readBytes(await get(path));
    expect(head.headers.get('content-length')).toBe(String(body.byteLength));
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
      'content-security-policy': "sandbox allow-same-origin; default-src 'none'; media-src 'self'",
      'content-type': 'video/mp4',
      'cross-origin-resource-policy': 'cross-origin',
      etag: expect.stringMatching(/^"[\da-f]{32}"$/),
      'x-content-type-options': 'nosniff',
    });
    expect(head.headers.has('x-amz-request-id')).toBe(false);
  });

  it('conditions and unsatisfiable ranges are answered without a body of media', async () => {
    const path = edges.add(VP8);
    const etag = (await get(path, { method: 'HEAD' })).headers.get('etag') ?? '';
    const statusOf = async (headers: Record<string, string>) => (await get(path, { headers })).status;
    expect(await statusOf({ 'If-None-Match': etag })).toBe(304);
    expect(await statusOf({ 'If-Match': '"other"' })).toBe(412);
    expect(await statusOf({ Range: 'bytes=9999999-' })).toBe(416);
    expect(await statusOf({ Range: 'bytes=0-9', 'If-Range': etag })).toBe(206);
    expect(await statusOf({ Range: 'bytes=0-9', 'If-Range': '"other"' })).toBe(200);
  });

  it('a URL that the storage rejects is renewed once', async () => {
    const path = edges.add(VP8, { forbidden: 1 });
    expect((await readBytes(await get(path))).byteLength).toBe(VP8.byteLength);
    const rejected = await get(edges.add(VP8, { forbidden: 9 }));
    expect([rejected.status, (await rejected.json()).error]).toEqual([502, 'upstream_error']);
  });

  it('a storage that breaks once is resumed, and one that breaks twice aborts the response', async () => {
    const resumed = await get(`${edges.add(VP8, { breaks: [100_000] })}?format=original`);
    expect(Buffer.compare(await readBytes(resumed), VP8)).toBe(0);
    // Bun resets the connection before it has sent the header section.
    const aborted = get(`${edges.add(VP8, { breaks: [100_000, 50_000] })}?format=original`);
    await expect(aborted.then(readBytes)).rejects.toThrow();
  });

  it('the read of the storage ends when the client leaves', async () => {
    const path = `${edges.add(new Uint8Array(20_000_000), { isSlow: true })}?format=original`;
    await edges.waitForIdle();
    const leaving = new AbortController();
    const response = await get(path, { signal: leaving.signal });
    await response.body?.getReader().read();
    expect(edges.pending()).toBe(1);
    const leftAt = performance.now();
    leaving.abort();
    await edges.waitForIdle();
    expect(performance.now() - leftAt).toBeLessThan(MAX_LEAVING_MS);
  });
});
