import { describe, expect, it } from 'vitest';
import {
  createMp4Head,
  createWavFile,
  createWavHead,
  createWebmFile,
  createWebmHead,
  readHead,
  type MatroskaHead,
  type MatroskaIndex,
} from '../src/index.ts';
import { cluster, element, file, simpleBlock, text, trackEntry, uint } from './ebml-builder.ts';
import { createRead, describeFile, readWhole, runPlan } from './playable.ts';

const GIB = 2 ** 30;
const AVC = [text('86', 'V_MPEG4/ISO/AVC'), element('63a2', [1, 66, 0, 30])];
/** PCMU of 1,000 Hz and one channel, so that a tick is a sample. */
const MULAW = [
  text('86', 'A_MS/ACM'),
  element('63a2', [7, 0, 1, 0, 0xe8, 3, 0, 0, 0xe8, 3, 0, 0, 1, 0, 8, 0]),
];

async function createHead(entry: readonly Uint8Array[]): Promise<MatroskaHead> {
  const bytes = file({ tracks: [trackEntry(uint('d7', 1, 1), ...entry)] });
  return readHead(createRead(bytes), bytes.length);
}

/** Creates an index of key frames of 100 bytes, each in a cluster of its own. */
function createIndex(offsets: readonly number[], timestamps: readonly number[]): MatroskaIndex {
  const { length } = offsets;
  return {
    frames: {
      length,
      offsets: new Float64Array(offsets),
      sizes: new Uint32Array(length).fill(100),
      timestamps: new Float64Array(timestamps),
      keys: new Uint8Array(length).fill(1),
    },
    clusters: new Float64Array(offsets.map((offset) => offset - 20)),
    end: (offsets.at(-1) ?? 0) + 100,
    lastTimestamp: timestamps.at(-1) ?? 0,
    lastDuration: 40,
    duration: ((timestamps.at(-1) ?? 0) + 40) / 1000,
    gaps: [],
    hasOpenClusters: false,
  };
}

/** Returns the content of the first box of a type. */
function findBox(mp4: Uint8Array, type: string): DataView {
  const at = Buffer.from(mp4).indexOf(type, 0, 'latin1');
  expect(at).toBeGreaterThan(0);
  return new DataView(mp4.buffer, mp4.byteOffset + at + 4);
}

describe('createMp4Head', () => {
  it('has offsets of 8 bytes and an mdat of a long size above 4 GiB', async () => {
    const head = await createHead(AVC);
    const index = createIndex([head.firstCluster + 20, 5 * GIB], [0, 40]);
    const mp4 = createMp4Head(head, index);
    const shift = mp4.length - head.firstCluster;
    const offsets = findBox(mp4, 'co64');
    expect(offsets.getUint32(4)).toBe(2);
    expect(offsets.getBigUint64(8)).toBe(BigInt(mp4.length + 20));
    expect(offsets.getBigUint64(16)).toBe(BigInt(5 * GIB + shift));
    expect(findBox(mp4, 'mdat').getBigUint64(0)).toBe(BigInt(index.end - head.firstCluster + 16));
    expect(new DataView(mp4.buffer).getUint32(mp4.length - 16)).toBe(1);
  });

  it.each([
    {
      name: 'milliseconds',
      scale: 1_000_000,
      timestamps: [0, 40, 80, 130],
      timescale: 1000,
      runs: [2, 40, 1, 50, 1, 40],
    },
    {
      name: 'ticks of 0.1 ms',
      scale: 100_000,
      timestamps: [0, 400, 800, 1200],
      timescale: 10_000,
      runs: [3, 400, 1, 40],
    },
    {
      name: 'milliseconds, if ticks do not divide a second',
      scale: 300_000,
      timestamps: [0, 100, 200, 300],
      timescale: 1000,
      runs: [3, 30, 1, 12],
    },
    {
      name: 'milliseconds, if nanoseconds exceed 32 bits',
      scale: 1,
      timestamps: [0, 2e9, 4e9, 6e9],
      timescale: 1000,
      runs: [3, 2000, 1, 1],
    },
  ])('states the times in $name', async ({ scale, timestamps, timescale, runs }) => {
    const head = { ...(await createHead(AVC)), timestampScale: scale };
    const start = head.firstCluster + 20;
    const mp4 = createMp4Head(
      head,
      createIndex(
        timestamps.map((_, row) => start + row * 200),
        timestamps,
      ),
    );
    expect(findBox(mp4, 'mdhd').getUint32(12)).toBe(timescale);
    const times = findBox(mp4, 'stts');
    expect(Array.from({ length: runs.length }, (_, at) => times.getUint32(8 + 4 * at))).toEqual(runs);
  });

  it.each([
    { name: 'another codec', entry: [text('86', 'V_VP8')], timestamps: [0, 40], code: 'unsupported' },
    {
      name: 'no avcC record',
      entry: [text('86', 'V_MPEG4/ISO/AVC')],
      timestamps: [0, 40],
      code: 'unsupported',
    },
    { name: 'frames in another order', entry: AVC, timestamps: [80, 40], code: 'unsupported' },
    { name: 'a duration of 50 days', entry: AVC, timestamps: [0, 50 * 86_400_000], code: 'too_large' },
  ])('rejects $name: $code', async ({ entry, timestamps, code }) => {
    const head = await createHead(entry);
    const index = createIndex([head.firstCluster + 20, head.firstCluster + 200], timestamps);
    expect(() => createMp4Head(head, index)).toThrow(expect.objectContaining({ code }));
  });
});

describe('createWebmHead', () => {
  it('has positions of 8 bytes above 2 GiB, which a reader finds', async () => {
    const head = {
      ...(await createHead([text('86', 'V_VP8'), element('e0', uint('b0', 9))])),
      size: 6 * GIB,
    };
    const index = createIndex([head.firstCluster + 20, 5 * GIB], [0, 5000]);
    const made = createWebmHead(head, index);
    const read = async (start: number, end: number) => {
      const bytes = new Uint8Array(end - start);
      bytes.set(made.subarray(start, end));
      if (start < made.length)
        bytes.set(cluster(0, simpleBlock(0, [1])).subarray(0, end - made.length), made.length - start);
      return bytes;
    };
    const again = await readHead(read, made.length + index.end - head.firstCluster);
    expect(again.cuePoints).toEqual([
      { timestamp: 0, offset: made.length },
      { timestamp: 5000, offset: 5 * GIB - 20 + made.length - head.firstCluster },
    ]);
    expect(again).toMatchObject({
      docType: 'webm',
      duration: 5.04,
      segmentEnd: made.length + index.end - head.firstCluster,
    });
  });

  it('has at most one cue in half a second of audio', async () => {
    const head = await createHead([text('86', 'A_OPUS')]);
    const times = [0, 100, 499, 500, 900, 1000, 2000];
    const index = createIndex(
      times.map((_, row) => head.firstCluster + 20 + row * 200),
      times,
    );
    const size = index.end;
    const bytes = new Uint8Array(size);
    bytes.set(cluster(0, simpleBlock(0, [1])), head.firstCluster);
    const made = await readWhole(createWebmFile({ ...head, size }, index), bytes);
    const { cuePoints } = await readHead(createRead(made), made.length);
    expect(cuePoints.map(({ timestamp }) => timestamp)).toEqual([0, 500, 1000, 2000]);
  });
});

describe('createWavFile', () => {
  const payload = (value: number, length: number) => new Uint8Array(length).fill(value);

  it('puts silence of 0xFF where frames are missing, and joins frames whose times are rounded', async () => {
    const tracks = [trackEntry(uint('d7', 1, 1), ...MULAW)];
    const frames = [
      simpleBlock(0, payload(1, 20)),
      simpleBlock(21, payload(2, 20)),
      simpleBlock(100, payload(3, 5)),
    ];
    const bytes = file({ tracks, rest: [cluster(500, ...frames)] });
    const { head, index } = await describeFile(bytes);
    const wav = createWavFile(head, index);
    const whole = await readWhole(wav, bytes);
    const data = [...payload(1, 20), ...payload(2, 20), ...payload(0xff, 60), ...payload(3, 5)];
    expect(Array.from(whole.subarray(58, 58 + data.length))).toEqual(data);
    expect(whole.length).toBe(58 + data.length + 1);
    expect(whole.subarray(0, 58)).toEqual(createWavHead(head, index));
    const view = new DataView(whole.buffer);
    expect(view.getUint32(4, true)).toBe(whole.length - 8);
    expect(view.getUint32(46, true)).toBe(105);
    expect(view.getUint32(54, true)).toBe(105);
  });

  it('reads nothing for a range of silence or of the head', async () => {
    const head = await createHead(MULAW);
    const index = createIndex([head.firstCluster + 20, head.firstCluster + 200], [0, 1000]);
    const wav = createWavFile(head, index);
    for (const [start, end] of [
      [0, 58],
      [58 + 100, 58 + 1000],
      [58 + 500, 58 + 501],
    ] as const) {
      const plan = await wav.plan(start, end);
      expect(plan.source).toBeNull();
      expect(runPlan(plan, new Uint8Array(0), [1]).length).toBe(end - start);
    }
    expect((await wav.plan(58 + 99, 58 + 1001)).source).toEqual({
      start: head.firstCluster + 119,
      end: head.firstCluster + 201,
    });
  });

  it('makes long silence in small pieces', async () => {
    const head = await createHead(MULAW);
    const index = createIndex([head.firstCluster + 20, head.firstCluster + 200], [0, 3_600_000]);
    const wav = createWavFile(head, index);
    const plan = await wav.plan(0, wav.size);
    let length = plan.prefix.length;
    for (const part of plan.push(new Uint8Array(280))) {
      expect(part.length).toBeLessThanOrEqual(65_536);
      length += part.length;
    }
    expect(length).toBe(58 + 3_600_000 + 100);
  });

  it.each([
    { name: 'another codec', entry: [text('86', 'A_OPUS')], end: 1000, code: 'unsupported' },
    { name: 'data above 4 GiB', entry: MULAW, end: 2 ** 32, code: 'too_large' },
  ])('rejects $name: $code', async ({ entry, end, code }) => {
    const head = await createHead(entry);
    const index = createIndex([head.firstCluster + 20, head.firstCluster + 200], [0, end]);
    expect(() => createWavFile(head, index)).toThrow(expect.objectContaining({ code }));
  });
});
