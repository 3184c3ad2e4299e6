import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import { describe, expect, it } from 'vitest';
import { createOpusFile, mayHaveGaps, type MatroskaIndex } from '../src/index.ts';
import { describeFile, readWhole, runPlan } from './playable.ts';
import { loadSample } from './sample-files.ts';

const SILENCE = '248,255,254';

/** Reads the packets of the made file: times in seconds, and whether each one is silence. */
async function readPackets(name: string, changeIndex = (index: MatroskaIndex) => index) {
  const bytes = loadSample(name);
  const { head, index } = await describeFile(bytes);
  const made = await readWhole(createOpusFile(head, changeIndex(index)), bytes);
  const input = new Input({ formats: [WEBM], source: new BufferSource(made) });
  const [track] = await input.getTracks();
  if (track === undefined) throw new Error('The file has no track.');
  const packets: { readonly time: number; readonly isSilence: boolean; readonly size: number }[] = [];
  for await (const { timestamp, data } of new EncodedPacketSink(track).packets()) {
    packets.push({ time: timestamp, isSilence: data.join() === SILENCE, size: data.length });
  }
  return { packets, index, duration: await input.computeDuration() };
}

function findLongestInterval(packets: readonly { readonly time: number }[]): number {
  return Math.max(...packets.slice(1).map(({ time }, nth) => time - (packets[nth]?.time ?? time)));
}

describe('createOpusFile()', () => {
  it('fills a gap with packets of 20 ms, and keeps every frame at its time', async () => {
    const { packets, index, duration } = await readPackets('opus-ffmpeg-gap.mka');
    const frames = packets.filter(({ isSilence }) => !isSilence);
    expect(frames.map(({ size }) => size)).toEqual([...index.frames.sizes]);
    const [from, to] = index.gaps[0] ?? [Number.NaN, Number.NaN];
    expect(Math.abs((packets.length - frames.length) * 0.02 - (to - from))).toBeLessThan(0.02);
    expect(findLongestInterval(packets)).toBeLessThan(0.032);
    expect(Math.abs(duration - index.duration)).toBeLessThan(0.05);
    for (const [row, { time }] of frames.entries()) {
      const expected = ((index.frames.timestamps[row] ?? 0) - (index.frames.timestamps[0] ?? 0)) / 1_000;
      expect(Math.abs(time - (frames[0]?.time ?? 0) - expected)).toBeLessThan(0.0015);
    }
  });

  it('fills the gaps of DTX, which sends a packet in 0.4 s', async () => {
    const dtx = (index: MatroskaIndex): MatroskaIndex => {
      const rows = [...index.frames.offsets.keys()].filter((row) => row < 10 || row > 50 || row % 20 === 0);
      const { offsets, sizes, timestamps, keys } = index.frames;
      return {
        ...index,
        frames: {
          length: rows.length,
          offsets: Float64Array.from(rows, (row) => offsets[row] ?? 0),
          sizes: Uint32Array.from(rows, (row) => sizes[row] ?? 0),
          timestamps: Float64Array.from(rows, (row) => timestamps[row] ?? 0),
          keys: Uint8Array.from(rows, (row) => keys[row] ?? 0),
        },
      };
    };
    const { packets } = await readPackets('opus-gst-late.mka', dtx);
    expect(packets.filter(({ isSilence }) => isSilence).length).toBeGreaterThan(30);
    expect(findLongestInterval(packets)).toBeLessThan(0.032);
  });

  it('does not fill a gap of more than a day', async () => {
    const { head, index } = await describeFile(loadSample('opus-gst-late.mka'));
    const timestamps = index.frames.timestamps.with(20, 2 ** 40);
    const file = createOpusFile(head, { ...index, frames: { ...index.frames, timestamps } });
    expect(file.size).toBeLessThan(head.size * 1.2);
  });

  it('adds no silence to a track without gaps', async () => {
    const { packets, index } = await readPackets('opus-gst-live.mka');
    expect(packets.map(({ size }) => size)).toEqual([...index.frames.sizes]);
  });

  it.each([{ name: 'opus-ffmpeg-gap.mka' }, { name: 'opus-gst-live.mka' }])(
    'every range of $name equals that of the whole',
    async ({ name }) => {
      const bytes = loadSample(name);
      const { head, index } = await describeFile(bytes);
      const file = createOpusFile(head, index);
      const whole = await readWhole(file, bytes);
      expect(whole.length).toBe(file.size);
      for (let start = 0; start < file.size; start += 211) {
        for (const length of [1, 9, 300, 5_000]) {
          const end = Math.min(file.size, start + length);
          const range = runPlan(await file.plan(start, end), bytes, [1, 33, 700]);
          expect(Buffer.compare(range, whole.subarray(start, end)), `${start}-${end}`).toBe(0);
        }
      }
    },
  );

  it('rejects another codec', async () => {
    const { head, index } = await describeFile(loadSample('pcmu-gst-live.mka'));
    expect(() => createOpusFile(head, index)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('mayHaveGaps()', () => {
  it.each([
    {
      name: 'false for a file with a point for each packet, without a gap',
      ticks: [0, 20, 40, 61, 80],
      result: false,
    },
    {
      name: 'true for a file with a point for each packet, and a gap',
      ticks: [0, 20, 40, 440, 460],
      result: true,
    },
    {
      name: 'false for a file with a point in 5 s, where a gap is not visible',
      ticks: [0, 5_000, 10_001],
      result: false,
    },
    { name: 'true for Cues that are too large to be read', ticks: [], result: true },
  ])('is $name', async ({ ticks, result }) => {
    const { head } = await describeFile(loadSample('opus-gst-late.mka'));
    const cuePoints = ticks.map((timestamp) => ({ timestamp, offset: 500 }));
    expect(mayHaveGaps({ ...head, cues: { start: 1, end: 2 }, cuePoints })).toBe(result);
  });
});
