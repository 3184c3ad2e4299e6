import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  CAN_MAKE_SAMPLES,
  makeMediaSample,
  SAMPLE_TRACKS,
  type MediaSample,
  type SampleTrack,
} from '../src/media-samples.ts';

/** Returns the times of all packets in seconds. */
function readTimes(sample: MediaSample): readonly number[] {
  const options = '-v error -show_entries packet=pts_time -of csv=p=0'.split(' ');
  const output = execFileSync('ffprobe', [...options, makeMediaSample(sample)]);
  return output
    .toString()
    .split('\n')
    .map((line) => Number.parseFloat(line))
    .filter((time) => !Number.isNaN(time));
}

/** Whether a file has elements with these ids. */
function hasElements(sample: MediaSample): Readonly<Record<string, boolean>> {
  const file = readFileSync(makeMediaSample(sample));
  return {
    hasDuration: file.includes(Buffer.from([0x44, 0x89, 0x88])),
    hasCues: file.includes(Buffer.from([0x1c, 0x53, 0xbb, 0x6b])),
    hasDocType: file.includes('matroska\0'),
    isSegmentUnknown: file.includes(Buffer.from([0x18, 0x53, 0x80, 0x67, 0x01, ...Buffer.alloc(7, 0xff)])),
  };
}

/** The longest distance between the packets of a sample, in seconds. */
function findLongestPause(track: SampleTrack): number {
  const times = readTimes({ track, form: 'streamable', start: 20.8 });
  return Math.max(...times.slice(1).map((time, nth) => time - (times[nth] ?? time)));
}

describe.skipIf(!CAN_MAKE_SAMPLES)('the media samples', () => {
  it.each(SAMPLE_TRACKS.map((name) => ({ name })))('$name begins at its start time', ({ name }) => {
    for (const start of [0, 20.8]) {
      const times = readTimes({ track: name, form: 'finished', start });
      // The first packet of OPUS begins before the first sample that is heard.
      expect(Math.abs((times[0] ?? NaN) - start)).toBeLessThan(0.01);
      expect(Math.abs((times.at(-1) ?? NaN) - start - 6)).toBeLessThan(0.05);
    }
  });

  it('have a pause of 2 s where a track is muted', () => {
    for (const track of ['VP8 gap', 'H264 gap', 'OPUS gap', 'PCMU gap'] as const) {
      expect(Math.abs(findLongestPause(track) - 2)).toBeLessThan(0.05);
    }
    expect(findLongestPause('VP8')).toBeLessThan(0.05);
  });

  it.each([
    { name: 'finished', form: 'finished', hasDuration: true, hasCues: true },
    { name: 'streamable', form: 'streamable', hasDuration: false, hasCues: false },
    { name: 'no Duration', form: 'no Duration', hasDuration: false, hasCues: true },
  ] as const)('have the elements of a file of the form $name', ({ form, hasDuration, hasCues }) => {
    expect(hasElements({ track: 'VP8', form, start: 20.8 })).toMatchObject({
      hasDuration,
      hasCues,
      isSegmentUnknown: !hasCues,
      hasDocType: true,
    });
  });
});
