import { describe, expect, it } from 'vitest';
import {
  createScanner,
  encodeIndex,
  decodeIndex,
  readHead,
  type Bytes,
  type MatroskaIndex,
} from '../src/index.ts';
import {
  blockHeader,
  cluster,
  element,
  file,
  float,
  header,
  join,
  openElement,
  simpleBlock,
  text,
  trackEntry,
  uint,
} from './ebml-builder.ts';
import { createRead, scan } from './playable.ts';
import { loadSample } from './sample-files.ts';

const INTER = 0x00;

async function scanFile(bytes: Bytes): Promise<MatroskaIndex> {
  return scan(await readHead(createRead(bytes), bytes.length), bytes, bytes.length);
}

/** Frames of 3 bytes in a cluster for each second, at the given milliseconds. */
function frames(...times: readonly number[]): readonly Bytes[] {
  return times.map((time) => cluster(time, simpleBlock(0, [1, 2, 3])));
}

describe('createScanner', () => {
  it('lists the offset, the size, the timestamp and the key flag of each frame', async () => {
    const bytes = file({
      rest: [
        cluster(100, simpleBlock(0, [1, 1]), simpleBlock(40, [2, 2, 2], INTER)),
        cluster(200, simpleBlock(-20, [3], INTER)),
      ],
    });
    const { frames, clusters, end } = await scanFile(bytes);
    expect(Array.from(frames.timestamps)).toEqual([100, 140, 180]);
    expect(Array.from(frames.sizes)).toEqual([2, 3, 1]);
    expect(Array.from(frames.keys)).toEqual([1, 0, 0]);
    expect(Array.from(frames.offsets, (offset) => bytes[offset])).toEqual([1, 2, 3]);
    expect(Array.from(clusters, (offset) => bytes[offset])).toEqual([0x1f, 0x1f]);
    expect(end).toBe(bytes.length);
  });

  it('reads block groups: a frame with a reference is not a key frame, and a BlockDuration counts', async () => {
    const group = (time: number, ...rest: readonly Bytes[]) =>
      element('a0', element('a1', blockHeader(time), [7]), ...rest);
    const bytes = file({
      rest: [cluster(0, group(0), group(40, element('fb', [0x80])), group(80, uint('9b', 500)))],
    });
    const index = await scanFile(bytes);
    expect(Array.from(index.frames.keys)).toEqual([1, 0, 1]);
    expect(index).toMatchObject({ lastTimestamp: 80, lastDuration: 500, duration: 0.58, end: bytes.length });
  });

  it('ends a truncated file after its last complete frame', async () => {
    const bytes = file({
      isOpen: true,
      rest: [cluster(0, simpleBlock(0, [1, 2, 3]), simpleBlock(40, [4, 5, 6]))],
    });
    const whole = await scanFile(bytes);
    const cut = await scanFile(bytes.slice(0, -1));
    expect(whole).toMatchObject({ end: bytes.length, hasOpenClusters: false, lastTimestamp: 40 });
    expect(cut.frames.length).toBe(1);
    expect(cut).toMatchObject({ end: bytes.length - 16, hasOpenClusters: true, lastTimestamp: 0 });
  });

  it('leaves out a cluster that begins after the last complete frame', async () => {
    const bytes = file({ isOpen: true, rest: frames(0, 1000) });
    expect((await scanFile(bytes.slice(0, -1))).clusters.length).toBe(1);
  });

  it('reads clusters of unknown size', async () => {
    const open = (time: number) => openElement('1f43b675', uint('e7', time), simpleBlock(0, [1]));
    const index = await scanFile(
      file({ isOpen: true, rest: [open(0), open(500), element('1254c367', [1])] }),
    );
    expect(Array.from(index.frames.timestamps)).toEqual([0, 500]);
    expect(index.hasOpenClusters).toBe(true);
  });

  it('ignores blocks of other tracks and empty frames', async () => {
    const other = element('a3', [0x82, 0, 0, 0x80, 1]);
    const index = await scanFile(
      file({ rest: [cluster(0, simpleBlock(0, [1]), other, simpleBlock(9, []))] }),
    );
    expect(index.frames.length).toBe(1);
  });

  it.each([
    { name: 'laced frames', rest: [cluster(0, simpleBlock(0, [1], 0x82))], code: 'unsupported' },
    {
      name: 'a timestamp above 2^50',
      rest: [cluster(0, simpleBlock(0, [1])), element('1f43b675', uint('e7', 2 ** 51, 8))],
      code: 'invalid',
    },
  ])('rejects $name: $code', async ({ rest, code }) => {
    await expect(scanFile(file({ rest }))).rejects.toMatchObject({ name: 'MatroskaError', code });
  });

  it('rejects a file whose only frame is incomplete: empty', async () => {
    const bytes = file({ isOpen: true, rest: frames(0) });
    await expect(scanFile(bytes.slice(0, -1))).rejects.toMatchObject({ code: 'empty' });
  });

  it('rejects more than 2^20 frames: too_large', async () => {
    const head = await readHead(createRead(file()), file().length);
    const scanner = createScanner(head);
    const chunk = cluster(
      0,
      ...Array.from({ length: 5000 }, () => Uint8Array.of(0xa3, 0x85, 0x81, 0, 0, 0x80, 1)),
    );
    scanner.push(file());
    expect(() => {
      for (let count = 0; count < 220; count += 1) scanner.push(chunk.slice());
    }).toThrow('The file has too many frames.');
  }, 30_000);

  it('rejects more than 2^18 clusters: too_large', async () => {
    const head = await readHead(createRead(file()), file().length);
    const chunk = join(
      Array.from({ length: 2 ** 18 + 1 }, () => Uint8Array.of(0x1f, 0x43, 0xb6, 0x75, 0x80)),
    );
    expect(() => createScanner(head, head.firstCluster).push(chunk)).toThrow(
      'The file has too many clusters.',
    );
  });

  it.each([
    { name: 'a pause of 1.5 s among frames of 40 ms', times: [0, 40, 80, 1580, 1620], gaps: [[0.12, 1.58]] },
    { name: 'a pause of 1 s', times: [0, 40, 80, 1080, 1120], gaps: [] },
    { name: 'a pause of 4 s among frames of 700 ms', times: [0, 700, 1400, 5400, 6100], gaps: [] },
    { name: 'frames of 3 s', times: [0, 3000, 6000], gaps: [] },
    { name: 'one frame', times: [0], gaps: [] },
  ])('finds the gaps of $name', async ({ times, gaps }) => {
    expect((await scanFile(file({ rest: frames(...times) }))).gaps).toEqual(gaps);
  });

  it.each([
    { name: 'the DefaultDuration', entry: [uint('23e383', 50_000_000)], duration: 0.13 },
    { name: 'the usual interval', entry: [], duration: 0.12 },
  ])('takes $name for the duration of the last frame', async ({ entry, duration }) => {
    const tracks = [trackEntry(uint('d7', 1, 1), text('86', 'V_VP8'), ...entry)];
    const index = await scanFile(file({ tracks, rest: frames(0, 40, 80) }));
    expect(index.duration).toBeCloseTo(duration, 9);
  });

  it('stops at bytes that are not an element', async () => {
    const bytes = join([file({ isOpen: true, rest: frames(0) }), [0, 0, 0, 0], ...frames(1000)]);
    expect((await scanFile(bytes)).frames.length).toBe(1);
  });

  it('passes over an element of 2^55 bytes', async () => {
    const bytes = file({ isOpen: true, rest: [...frames(0), header('ec', 2 ** 55), ...frames(9)] });
    expect((await scanFile(bytes)).frames.length).toBe(1);
  });
});

describe('encodeIndex', () => {
  it('takes at most 7 bytes a frame', async () => {
    const index = await scanFile(loadSample('vp8-gst-late.mkv'));
    expect(encodeIndex(index).length).toBeLessThan(200 + index.frames.length * 7);
  });

  it('keeps gaps, times before the first frame and a scale of nanoseconds', async () => {
    const info = [uint('2ad7b1', 1), float('4489', 5)];
    const rest = [
      cluster(1e8, simpleBlock(0, [1]), simpleBlock(-9, [1]), simpleBlock(900, [1])),
      ...frames(2.6e9),
    ];
    const index = await scanFile(file({ info, rest }));
    expect(index.gaps.length).toBe(1);
    expect(decodeIndex(encodeIndex(index))).toEqual(index);
  });
});
