import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCachedFile, makePackets, type PacketKind, type SampleCodec } from './sample-tracks.ts';

/** A track: a codec, or a codec and the kind of its packets. */
export type SampleTrack =
  | SampleCodec
  | `${SampleCodec} gap`
  | `${'VP8' | 'H264'} ${Exclude<PacketKind, 'gap'>}`;

/** The tracks of the samples. */
export const SAMPLE_TRACKS: readonly SampleTrack[] = [
  ...(['VP8', 'H264', 'VP8 sizes', 'H264 sizes', 'OPUS', 'PCMU'] as const),
  ...(['VP8 gap', 'H264 gap', 'OPUS gap', 'PCMU gap'] as const),
];

/**
 * The form of a file:
 *
 * - `finished`: with Cues and a Duration;
 * - `streamable`: with neither, and with elements of unknown size;
 * - `no Duration`: with Cues, but without a Duration.
 */
export type SampleForm = 'finished' | 'streamable' | 'no Duration';

const SAMPLE_FORMS: readonly SampleForm[] = ['finished', 'streamable', 'no Duration'];

/** The first timestamps of the samples in seconds. */
const SAMPLE_STARTS: readonly number[] = [0, 20.8, 3_600];

/** A file of one track, as GStreamer writes it for Twilio. */
export interface MediaSample {
  readonly track: SampleTrack;
  readonly form: SampleForm;
  /** The first timestamp in seconds. */
  readonly start: number;
}

/** All combinations of a track, a form and a start. */
export const MEDIA_SAMPLES: readonly MediaSample[] = SAMPLE_TRACKS.flatMap((track) =>
  SAMPLE_FORMS.flatMap((form) => SAMPLE_STARTS.map((start) => ({ track, form, start }))),
);

/** One sample of each track. Together they have all combinations of a form and a start. */
export const MEDIA_SAMPLE_DIAGONAL: readonly MediaSample[] = MEDIA_SAMPLES.filter(
  ({ track, form, start }) => {
    const nth = SAMPLE_TRACKS.indexOf(track);
    return (
      SAMPLE_FORMS.indexOf(form) === nth % 3 &&
      SAMPLE_STARTS.indexOf(start) === (nth + Math.floor(nth / 3)) % 3
    );
  },
);

/** The programs that make the samples. */
const PROGRAMS = [
  { name: 'ffmpeg', version: '-version' },
  { name: 'gst-launch-1.0', version: '--version' },
] as const;

/** Whether this machine has the programs that make the samples. */
export const CAN_MAKE_SAMPLES: boolean = PROGRAMS.every(
  ({ name, version }) => spawnSync(name, [version], { stdio: 'ignore' }).status === 0,
);

/** Returns the codec of a track. */
export function getSampleCodec(track: SampleTrack): SampleCodec {
  return splitTrack(track)[0];
}

/** Whether a track is a sound. */
export function isSampleAudio(track: SampleTrack): boolean {
  return track.startsWith('OPUS') || track.startsWith('PCMU');
}

/** Makes a sample, if this machine has not made it yet. Returns the path of the file. */
export function makeMediaSample({ track, form, start }: MediaSample): string {
  return makeCachedFile(`${track}-${form}-${start}.mkv`, (path, folder) => {
    const packets = makePackets(...splitTrack(track));
    const pad = `${isSampleAudio(track) ? 'audio' : 'video'}_0`;
    const offset = `cluster-timestamp-offset=${Math.round(start * 1e9)}`;
    const mux = `matroskamux name=m streamable=${form === 'streamable'} ${offset} ! filesink location=muxed`;
    const source = `filesrc location=${packets} ! matroskademux name=d d.${pad} ! queue ! m.${pad}`;
    execFileSync('gst-launch-1.0', ['-q', ...`${mux} ${source}`.split(' ')], { cwd: folder });
    const file = readFileSync(join(folder, 'muxed'));
    writeFileSync(path, form === 'no Duration' ? removeDuration(file) : file);
  });
}

/** Replaces the Duration of a file by a Void element of the same length. */
function removeDuration(file: Buffer): Buffer {
  const at = file.indexOf(Uint8Array.of(0x44, 0x89, 0x88));
  if (at < 0) throw new Error('The file does not have a Duration.');
  file.set([0xec, 0x89], at);
  return file;
}

function splitTrack(track: SampleTrack): [SampleCodec, PacketKind?] {
  // A track is its codec, or the codec and the kind.
  return track.split(' ') as [SampleCodec, PacketKind?];
}
