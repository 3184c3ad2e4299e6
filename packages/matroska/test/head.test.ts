import { describe, expect, it } from 'vitest';
import { MatroskaError, readHead, type Bytes, type MatroskaHead } from '../src/index.ts';
import {
  cluster,
  EBML_HEADER,
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
import { createRead, describeFile } from './playable.ts';
import { loadSample } from './sample-files.ts';

const read = (bytes: Bytes): Promise<MatroskaHead> => readHead(createRead(bytes), bytes.length);
const FRAME = simpleBlock(0, [1, 2, 3]);
/** WAVEFORMATEX: format, 2 channels, 16,000 Hz, then the rates, the alignment and the bits. */
const waveFormat = (format: number) =>
  element('63a2', [format, 0, 2, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 8, 0, 0, 0]);

describe('readHead', () => {
  it.each([
    { name: 'VP8', entry: [text('86', 'V_VP8')], expected: { codec: 'VP8', codecId: 'V_VP8' } },
    { name: 'H264', entry: [text('86', 'V_MPEG4/ISO/AVC')], expected: { codec: 'H264' } },
    { name: 'a CodecID with a NUL at its end', entry: [text('86', 'A_OPUS\0')], expected: { codec: 'OPUS' } },
    { name: 'another codec', entry: [text('86', 'V_VP9')], expected: { codec: null, codecId: 'V_VP9' } },
    {
      name: 'PCMU, whose WAVEFORMATEX has the rate and the channels',
      entry: [text('86', 'A_MS/ACM\0'), waveFormat(7)],
      expected: { codec: 'PCMU', sampleRate: 16_000, channels: 2 },
    },
    { name: 'A-law', entry: [text('86', 'A_MS/ACM'), waveFormat(6)], expected: { codec: null } },
    {
      name: 'a sampling rate of 4 bytes',
      entry: [text('86', 'A_OPUS'), element('e1', float('b5', 48_000, 4), uint('9f', 2))],
      expected: { sampleRate: 48_000, channels: 2 },
    },
    {
      name: 'audio without a sampling rate, which has the default',
      entry: [text('86', 'A_OPUS')],
      expected: { sampleRate: 8000, channels: 1, width: 0 },
    },
    {
      name: 'a track number, sizes, a frame duration and a CodecPrivate',
      entry: [
        uint('d7', 3),
        text('86', 'V_VP8'),
        element('e0', uint('b0', 640), uint('ba', 360)),
        uint('23e383', 33_000_000),
        element('63a2', [1, 2]),
      ],
      expected: {
        trackNumber: 3,
        width: 640,
        height: 360,
        defaultDuration: 33_000_000,
        codecPrivate: Uint8Array.of(1, 2),
      },
    },
  ])('describes $name', async ({ entry, expected }) => {
    expect(await read(file({ tracks: [trackEntry(...entry)] }))).toMatchObject(expected);
  });

  it.each([
    { name: 'of a file that begins at 0', rest: [cluster(0, FRAME)], expected: [0, 0] },
    { name: 'of a cluster', rest: [cluster(20_800, FRAME)], expected: [20_800, 20_800] },
    {
      name: 'of a first block after its cluster begins',
      rest: [cluster(100, simpleBlock(5, [1]))],
      expected: [105, 100],
    },
    {
      name: 'of a first block before its cluster begins',
      rest: [cluster(100, simpleBlock(-5, [1]))],
      expected: [95, 95],
    },
    {
      name: 'after a cluster without frames',
      rest: [cluster(100), cluster(300, FRAME)],
      expected: [300, 100],
    },
    {
      name: 'of a block group',
      rest: [cluster(100, element('a0', element('a1', [0x81, 0, 7, 0, 1])))],
      expected: [107, 100],
    },
    {
      name: 'of a cluster of unknown size',
      rest: [openElement('1f43b675', uint('e7', 9), FRAME)],
      expected: [9, 9],
    },
  ])('reads the first timestamp $name', async ({ rest, expected }) => {
    const { firstTimestamp, timestampShift } = await read(file({ rest, isOpen: true }));
    expect([firstTimestamp, timestampShift]).toEqual(expected);
  });

  it.each([
    {
      name: 'a length by GStreamer',
      app: 'GStreamer matroskamux',
      value: 30_000,
      start: 20_800,
      expected: 30,
    },
    { name: 'an end by ffmpeg', app: 'Lavf59', value: 26_800, start: 20_800, expected: 6 },
    { name: 'a length that is less than the start', app: 'Lavf59', value: 6000, start: 20_800, expected: 6 },
    { name: 'an end of a file from 0', app: 'Lavf59', value: 6000, start: 0, expected: 6 },
    { name: 'no number', app: 'Lavf59', value: Number.NaN, start: 0, expected: null },
    { name: 'an infinite length', app: 'Lavf59', value: Infinity, start: 0, expected: null },
    { name: 'a length of 0', app: 'Lavf59', value: 0, start: 0, expected: null },
  ])('computes the duration from $name', async ({ app, value, start, expected }) => {
    const info = [float('4489', value), text('4d80', app)];
    expect((await read(file({ info, rest: [cluster(start, FRAME)] }))).duration).toBe(expected);
  });

  it('takes a Duration before the last cue for a length', async () => {
    const info = [float('4489', 25_000), text('4d80', 'Lavf59')];
    const cues = element('1c53bb6b', element('bb', uint('b3', 40_000), element('b7', uint('f1', 500))));
    const bytes = file({ info, rest: [cues, cluster(20_800, FRAME)] });
    expect((await read(bytes)).duration).toBe(25);
  });

  it('takes the TimestampScale into account', async () => {
    const info = [uint('2ad7b1', 100_000), float('4489', 60_000), text('4d80', 'GStreamer')];
    expect(await read(file({ info }))).toMatchObject({ timestampScale: 100_000, duration: 6 });
  });

  it.each([
    { name: 'no bytes', bytes: new Uint8Array(0), code: 'empty' },
    { name: 'text', bytes: new TextEncoder().encode('<Error>'.repeat(10)), code: 'not_matroska' },
    {
      name: 'an MP4',
      bytes: join([[0, 0, 0, 20], new TextEncoder().encode('ftypisom')]),
      code: 'not_matroska',
    },
    {
      name: 'another DocType',
      bytes: file({ ebml: element('1a45dfa3', text('4282', 'other')) }),
      code: 'not_matroska',
    },
    { name: 'no DocType', bytes: file({ ebml: element('1a45dfa3') }), code: 'not_matroska' },
    { name: 'no Segment', bytes: join([EBML_HEADER, element('ec')]), code: 'invalid' },
    { name: 'no cluster', bytes: file({ rest: [] }), code: 'empty' },
    { name: 'no frame', bytes: file({ rest: [cluster(0)] }), code: 'empty' },
    { name: 'no track', bytes: file({ tracks: [] }), code: 'invalid' },
    { name: 'two tracks', bytes: file({ tracks: [trackEntry(), trackEntry()] }), code: 'unsupported' },
    {
      name: 'content encodings',
      bytes: file({ tracks: [trackEntry(element('6d80'))] }),
      code: 'unsupported',
    },
    { name: 'a TimestampScale of 0', bytes: file({ info: [uint('2ad7b1', 0)] }), code: 'invalid' },
    { name: 'a child larger than its parent', bytes: file({ info: [header('4d80', 100)] }), code: 'invalid' },
    {
      name: 'an integer of 9 bytes',
      bytes: file({ info: [element('2ad7b1', new Uint8Array(9))] }),
      code: 'invalid',
    },
    {
      name: 'a cluster before the track',
      bytes: join([EBML_HEADER, element('18538067', cluster(0, FRAME))]),
      code: 'invalid',
    },
    { name: 'a head that ends early', bytes: file().slice(0, 80), code: 'truncated' },
    {
      name: 'an Info of unknown size',
      bytes: join([EBML_HEADER, element('18538067', openElement('1549a966'))]),
      code: 'invalid',
    },
    {
      name: 'an Info of 2^56 bytes',
      bytes: join([EBML_HEADER, element('18538067', header('1549a966', 2 ** 55))]),
      code: 'too_large',
    },
    {
      name: 'more than 1,000 elements before a frame',
      bytes: file({ rest: [cluster(0, ...Array.from({ length: 1001 }, () => element('ec')))] }),
      code: 'too_large',
    },
  ])('rejects a file with $name: $code', async ({ bytes, code }) => {
    const error: unknown = await read(bytes).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MatroskaError);
    expect(error).toMatchObject({ name: 'MatroskaError', code });
  });

  it.each([
    { name: 'Cues that are not where the SeekHead states', position: 3, cues: element('1c53bb6b') },
    { name: 'malformed Cues', position: -1, cues: element('1c53bb6b', header('bb', 99)) },
    { name: 'Cues that end after the file', position: -1, cues: header('1c53bb6b', 99) },
    { name: 'a position after the file', position: 10_000, cues: element('ec') },
  ])('has no cue points from $name', async ({ position, cues }) => {
    const seekHead = (to: number) =>
      element('114d9b74', element('4dbb', element('53ab', [0x1c, 0x53, 0xbb, 0x6b]), uint('53ac', to)));
    const media = cluster(0, FRAME);
    const build = (to: number) => file({ rest: [seekHead(to), media, cues] });
    const { segmentStart } = await read(build(1));
    const end = build(1).length - cues.length - segmentStart;
    expect((await read(build(position < 0 ? end : position))).cuePoints).toEqual([]);
  });

  it('reads a cue point for each frame of audio by GStreamer, in the order of the clusters', async () => {
    const bytes = loadSample('pcmu-gst-late.mka');
    const { head, index } = await describeFile(bytes);
    expect(head.cuePoints.map(({ timestamp }) => timestamp)).toEqual(Array.from(index.frames.timestamps));
    expect(new Set(head.cuePoints.map(({ offset }) => offset))).toEqual(new Set(index.clusters));
  });

  it('passes the error of `read` through', async () => {
    const failure = new Error('The storage does not respond.');
    await expect(readHead(() => Promise.reject(failure), 1000)).rejects.toBe(failure);
  });

  it('rejects a read that is shorter than the file', async () => {
    const bytes = file();
    await expect(readHead(createRead(bytes.slice(0, 50)), bytes.length)).rejects.toMatchObject({
      code: 'truncated',
    });
  });
});
