import { readFileSync } from 'node:fs';
import type { Bytes } from '../src/index.ts';

/** The files that `samples/make.sh` makes: codec, writer and peculiarity. */
export const SAMPLES = [
  { name: 'h264-ffmpeg-late.mkv' },
  { name: 'h264-ffmpeg-live.mkv' },
  { name: 'h264-gst-late.mkv' },
  { name: 'h264-gst-live.mkv' },
  { name: 'opus-ffmpeg-gap.mka' },
  { name: 'opus-gst-late.mka' },
  { name: 'opus-gst-live.mka' },
  { name: 'pcmu-ffmpeg-gap.mka' },
  { name: 'pcmu-gst-late.mka' },
  { name: 'pcmu-gst-live.mka' },
  { name: 'vp8-ffmpeg-gap.mkv' },
  { name: 'vp8-ffmpeg-late.mkv' },
  { name: 'vp8-ffmpeg-live.mkv' },
  { name: 'vp8-gst-late.mkv' },
  { name: 'vp8-gst-live.mkv' },
] as const;

/** Returns the bytes of a sample. */
export function loadSample(name: string): Bytes {
  return new Uint8Array(readFileSync(new URL(`samples/${name}`, import.meta.url)));
}
