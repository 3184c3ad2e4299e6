import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { expect, it } from 'vitest';
import { createPlayableFiles, createRead, describeFile, readWhole } from './playable.ts';
import { loadSample, SAMPLES } from './sample-files.ts';

/** Seconds: timestamps are rounded to milliseconds. */
const TOLERANCE = 0.0015;

it.each(SAMPLES)(
  'mediabunny reads every representation of $name from 0, with all frames',
  async ({ name }) => {
    const bytes = loadSample(name);
    const { head, index } = await describeFile(bytes);
    for (const { name: kind, file } of createPlayableFiles(head, index, createRead(bytes))) {
      const input = new Input({
        formats: ALL_FORMATS,
        source: new BufferSource(await readWhole(file, bytes)),
      });
      const [track] = await input.getTracks();
      if (track === undefined) throw new Error(`${kind} has no track.`);
      expect(await track.getFirstTimestamp(), kind).toBeCloseTo(0, 2);
      // In a file without a Duration, it is found from the last frame.
      expect(Math.abs((await input.computeDuration()) - index.duration), kind).toBeLessThan(0.05);
      if (kind === 'wav') continue;
      const timestamps: number[] = [];
      for await (const packet of new EncodedPacketSink(track).packets()) timestamps.push(packet.timestamp);
      const expected = Array.from(index.frames.timestamps, (ticks) => (ticks - head.firstTimestamp) / 1000);
      expect(timestamps.length, kind).toBe(expected.length);
      timestamps.forEach((timestamp, row) =>
        expect(Math.abs(timestamp - (expected[row] ?? Number.NaN)), `${kind} ${row}`).toBeLessThan(TOLERANCE),
      );
    }
  },
);
