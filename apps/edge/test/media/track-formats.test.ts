import { expect, it } from 'vitest';
import { selectTrackFormats } from '../../src/media/track-formats.ts';

const CONFIG = { mode: 'proxy', scanMaxBytes: 100 } as const;
const VIDEO = { type: 'video', size: 100, hasCues: true } as const;
const AUDIO = { ...VIDEO, type: 'audio' } as const;
const LARGE = { size: 101 };

it.each([
  { name: 'VP8', file: { ...VIDEO, codec: 'VP8' }, formats: [[undefined, 'video/webm; codecs="vp8"']] },
  { name: 'OPUS', file: { ...AUDIO, codec: 'OPUS' }, formats: [[undefined, 'audio/webm; codecs="opus"']] },
  {
    name: 'a large file with Cues',
    file: { ...VIDEO, ...LARGE, codec: 'VP8' },
    formats: [[undefined, 'video/webm; codecs="vp8"']],
  },
  {
    name: 'a large file without Cues',
    file: { ...VIDEO, ...LARGE, codec: 'VP8', hasCues: false },
    formats: [[undefined, 'video/x-matroska; codecs="vp8"']],
  },
  {
    name: 'H264',
    file: { ...VIDEO, codec: 'H264' },
    formats: [
      ['matroska', 'video/x-matroska'],
      [undefined, 'video/mp4'],
    ],
  },
  {
    name: 'H264 without Cues, in which a player cannot seek,',
    file: { ...VIDEO, codec: 'H264', hasCues: false },
    formats: [
      [undefined, 'video/mp4'],
      ['matroska', 'video/x-matroska'],
    ],
  },
  {
    name: 'a large H264 file',
    file: { ...VIDEO, ...LARGE, codec: 'H264' },
    formats: [['matroska', 'video/x-matroska']],
  },
  { name: 'PCMU', file: { ...AUDIO, codec: 'PCMU' }, formats: [[undefined, 'audio/wav']] },
  {
    name: 'a large PCMU file',
    file: { ...AUDIO, ...LARGE, codec: 'PCMU' },
    formats: [[undefined, 'audio/x-matroska']],
  },
  { name: 'an unknown codec', file: { ...AUDIO, codec: null }, formats: [[undefined, 'audio/x-matroska']] },
] as const)(
  'selectTrackFormats() selects the formats of $name in the order of their cost',
  ({ file, formats }) => {
    const selected = selectTrackFormats(file, CONFIG);
    expect(selected.map(({ format, type }) => [format, type])).toEqual(formats);
  },
);

it('selectTrackFormats() selects the stored file alone if the edge redirects to it', () => {
  expect(selectTrackFormats({ ...VIDEO, codec: 'H264' }, { ...CONFIG, mode: 'redirect' })).toEqual([
    { format: undefined, type: 'video/x-matroska' },
  ]);
});
