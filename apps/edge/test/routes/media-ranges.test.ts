import { createRandom } from '@room-recordings/testing/random';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMediaEdge, readBytes, readSeedMedia, withoutCues } from '../support/media-edge.ts';
import { PATH } from '../support/recording.ts';

const MEDIA = `${PATH}/Media`;

const VP8 = readSeedMedia('vp8');
const OPUS = readSeedMedia('opus');
const H264 = readSeedMedia('h264');
const PCMU = readSeedMedia('pcmu');

const CASES = [
  { name: 'VP8 with Cues', bytes: VP8, query: '' },
  { name: 'VP8 without Cues', bytes: withoutCues(VP8), query: '' },
  { name: 'VP8 without Cues in place', bytes: withoutCues(VP8), query: '?format=matroska' },
  { name: 'OPUS with Cues', bytes: OPUS, query: '' },
  { name: 'OPUS without Cues', bytes: withoutCues(OPUS), query: '' },
  { name: 'H264', bytes: H264, query: '' },
  { name: 'H264 in place', bytes: H264, query: '?format=matroska' },
  { name: 'PCMU', bytes: PCMU, query: '' },
  { name: 'PCMU in place', bytes: PCMU, query: '?format=matroska' },
  { name: 'the stored file', bytes: VP8, query: '?format=original' },
] as const;

/** Random ranges of each representation; `pnpm test:long` sets 10,000. */
const RUNS = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 1_000) / CASES.length);

describe('each range of media', () => {
  it.each(CASES)('equals the bytes of the whole: $name', { timeout: 600_000 }, async ({ bytes, query }) => {
    const edge = createMediaEdge(bytes);
    const whole = await readBytes(await edge.request(MEDIA + query));
    const size = whole.byteLength;
    const random = createRandom(15);
    const upTo = (max: number) => Math.floor(random() * max);
    for (let run = 0; run < RUNS; run += 1) {
      edge.media.chunkBytes = 1 + upTo(run % 5 === 0 ? 64 : 70_000);
      const start = upTo(size);
      // Most ranges are short, so that their ends lie in every part of a cluster.
      const end = Math.min(size, start + 1 + upTo(run % 7 === 0 ? size : 3_000));
      const range = `bytes=${start}-${end - 1}`;
      const response = await edge.request(MEDIA + query, { headers: { range } });
      expect([response.status, response.headers.get('content-range')]).toEqual([
        206,
        `bytes ${start}-${end - 1}/${size}`,
      ]);
      const received = await readBytes(response);
      // A comparison of arrays by `expect` takes a second for each.
      expect(
        Buffer.compare(received, whole.subarray(start, end)),
        `${range}, chunks of ${edge.media.chunkBytes}`,
      ).toBe(0);
    }
    expect(edge.media.openStreams()).toBe(0);
  });
});

describe('the reads of the storage', () => {
  it.each([
    { name: 'VP8 with Cues takes at most three reads', bytes: VP8, maxReads: 3 },
    { name: 'OPUS with Cues takes at most three reads', bytes: readGaplessOpus(), maxReads: 3 },
    { name: 'OPUS with Cues that show a gap takes a scan too', bytes: OPUS, maxReads: 4 },
  ])('$name until the first byte', async ({ bytes, maxReads }) => {
    const edge = createMediaEdge(bytes);
    await readBytes(await edge.request(MEDIA, { headers: { range: 'bytes=1000-' } }));
    expect(edge.media.ranges.length).toBeLessThanOrEqual(maxReads);
  });

  it.each(CASES)('a range of one byte reads at most one cluster: $name', async ({ bytes, query }) => {
    const edge = createMediaEdge(bytes);
    const size = Number(
      (await edge.request(MEDIA + query, { method: 'HEAD' })).headers.get('content-length'),
    );
    const largest = largestCluster(bytes);
    for (const position of [0.1, 0.35, 0.6, 0.85, 0.999]) {
      const at = Math.floor(size * position);
      edge.media.ranges.length = 0;
      await readBytes(await edge.request(MEDIA + query, { headers: { range: `bytes=${at}-${at}` } }));
      const [last] = edge.media.ranges.slice(-1);
      expect((last?.end ?? 0) - (last?.start ?? 0)).toBeLessThanOrEqual(largest + 64);
    }
  });
});

/** Returns an Opus file of GStreamer without a gap. */
function readGaplessOpus(): Uint8Array<ArrayBuffer> {
  const samples = '../../../../packages/matroska/test/samples';
  return new Uint8Array(readFileSync(join(import.meta.dirname, samples, 'opus-gst-late.mka')));
}

/** Returns the bytes of the largest cluster, or of the elements after the last one. */
function largestCluster(bytes: Uint8Array): number {
  const id = [0x1f, 0x43, 0xb6, 0x75];
  const starts: number[] = [];
  bytes.forEach((_byte, at) => {
    if (id.every((byte, index) => bytes[at + index] === byte)) starts.push(at);
  });
  return Math.max(...starts.map((start, index) => (starts[index + 1] ?? bytes.byteLength) - start));
}
