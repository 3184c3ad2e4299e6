import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The content of a sample: a codec, three sizes in one track, or a mute from 2 s to 4 s. */
export const SAMPLE_TRACKS = [
  'VP8',
  'H264',
  'VP8 sizes',
  'H264 sizes',
  'OPUS',
  'PCMU',
  'VP8 gap',
  'H264 gap',
  'OPUS gap',
  'PCMU gap',
] as const;
export type SampleTrack = (typeof SAMPLE_TRACKS)[number];

/**
 * The form of a file: with Cues and a Duration, with neither and with elements of unknown size, or with Cues but without a Duration.
 */
export const SAMPLE_FORMS = ['finished', 'streamable', 'no Duration'] as const;
export type SampleForm = (typeof SAMPLE_FORMS)[number];

/** The first timestamps of the files in seconds. */
export const SAMPLE_STARTS = [0, 20.8, 3_600] as const;

/** A file of one track, as GStreamer writes it for Twilio. */
export interface MediaSample {
  readonly track: SampleTrack;
  readonly form: SampleForm;
  /** The first timestamp in seconds. */
  readonly start: number;
}

/** All combinations. */
export const MEDIA_SAMPLES: readonly MediaSample[] = SAMPLE_TRACKS.flatMap((track) =>
  SAMPLE_FORMS.flatMap((form) => SAMPLE_STARTS.map((start) => ({ track, form, start }))),
);

/** The length of each sample in seconds. */
export const SAMPLE_SECONDS = 6;
/** The frames of a video each second. Each frame shows its number: see {@link FRAME_BITS}. */
export const FRAME_RATE = 30;
/** The picture of a frame has this number of columns; the column `n` from the left is white if the bit `n` of the frame's number is set. */
export const FRAME_BITS = 8;
/** A sound is a tone that rises: it has `TONE_START` hertz at 0 s, and `TONE_RISE` hertz more each second. */
export const TONE_START = 400;
export const TONE_RISE = 400;

/** The gap of a track with a mute, in seconds from its start. */
export const SAMPLE_GAP: readonly [from: number, to: number] = [2, 4];

/** The programs that make the samples, with Debian's packages. */
const PROGRAMS = [
  { name: 'ffmpeg', version: '-version' },
  { name: 'gst-launch-1.0', version: '--version' },
] as const;

/** Whether this machine has the programs that make the samples. */
export const CAN_MAKE_SAMPLES: boolean = PROGRAMS.every(
  ({ name, version }) => spawnSync(name, [version], { stdio: 'ignore' }).status === 0,
);

// The samples depend on this script alone, so that a change of it makes them again.
const FOLDER = join(
  tmpdir(),
  `room-recordings-samples-${createHash('sha256')
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 16)}`,
);

const SIZES = ['160x96', '320x192', '240x144'] as const;
const KEY_FRAME_DISTANCE = 60;
const GOP = `-g ${KEY_FRAME_DISTANCE} -keyint_min ${KEY_FRAME_DISTANCE} -b:v 400k`;
const ENCODERS = {
  VP8: `-c:v libvpx -deadline realtime -cpu-used 8 -auto-alt-ref 0 ${GOP}`,
  H264: `-c:v libx264 -preset ultrafast -profile:v baseline -tune zerolatency -sc_threshold 0 ${GOP}`,
  OPUS: '-c:a libopus -b:a 32k',
  PCMU: '-c:a pcm_mulaw',
} as const;
type Codec = keyof typeof ENCODERS;

/** Makes a sample, if this machine has not made it yet. Returns the path of the file. */
export function makeMediaSample({ track, form, start }: MediaSample): string {
  return makeFile(`${track}-${form}-${start}.mkv`, (path, folder) => {
    const isAudio = track.startsWith('OPUS') || track.startsWith('PCMU');
    const pad = `${isAudio ? 'audio' : 'video'}_0`;
    const offset = `cluster-timestamp-offset=${Math.round(start * 1e9)}`;
    const mux = `matroskamux name=m streamable=${form === 'streamable'} ${offset} ! filesink location=out.mkv`;
    const source = `filesrc location=${makeTrack(track)} ! matroskademux name=d d.${pad} ! queue ! m.${pad}`;
    execFileSync('gst-launch-1.0', ['-q', ...`${mux} ${source}`.split(' ')], { cwd: folder });
    const file = readFileSync(join(folder, 'out.mkv'));
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

/** Makes the packets of a track, from 0 s on, in a file without spaces in its name. */
function makeTrack(track: SampleTrack): string {
  return makeFile(`${track.replace(' ', '-')}-packets.mkv`, (path, folder) => {
    const [codec, kind] = track.split(' ') as [Codec, ('sizes' | 'gap')?];
    if (kind === 'sizes') return makeSizes(codec, path, folder);
    if (kind === 'gap') return dropGap(makeTrack(codec), path);
    const isAudio = codec === 'OPUS' || codec === 'PCMU';
    return encode(isAudio ? toneSource(codec) : frameSource(SIZES[0], 0, SAMPLE_SECONDS), codec, path);
  });
}

function encode(source: string, codec: Codec, path: string): void {
  runFfmpeg(['-f', 'lavfi', '-i', source, ...ENCODERS[codec].split(' '), path]);
}

/** Makes one track of three sizes, as a simulcast sender changes them. H264 has its parameters in band. */
function makeSizes(codec: Codec, path: string, folder: string): void {
  const seconds = SAMPLE_SECONDS / SIZES.length;
  const parts = SIZES.map((size, nth) => {
    const part = join(folder, `${nth}.${codec === 'H264' ? 'h264' : 'mkv'}`);
    encode(frameSource(size, nth * seconds * FRAME_RATE, seconds), codec, part);
    return part;
  });
  const list = join(folder, 'parts');
  if (codec === 'H264') {
    writeFileSync(list, Buffer.concat(parts.map((part) => readFileSync(part))));
    runFfmpeg([
      '-framerate',
      String(FRAME_RATE),
      '-fflags',
      '+genpts',
      '-f',
      'h264',
      '-i',
      list,
      '-c',
      'copy',
      path,
    ]);
  } else {
    writeFileSync(list, parts.map((part) => `file ${part}\n`).join(''));
    runFfmpeg(['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', path]);
  }
}

/** Drops the packets of a mute. Both its ends are at key frames. */
function dropGap(source: string, path: string): void {
  // Milliseconds. The first packet of OPUS begins a little before 0, so that both limits are a little earlier too.
  const [from, to] = SAMPLE_GAP.map((seconds) => seconds * 1_000 - 10);
  const filter = String.raw`noise=drop=between(pts\,${from}\,${to})`;
  runFfmpeg(['-i', source, '-c', 'copy', '-bsf', filter, path]);
}

/** The video source whose columns show the number of each frame. */
function frameSource(size: string, firstFrame: number, seconds: number): string {
  const bit = String.raw`mod(floor((N+${firstFrame})/pow(2\,floor(X*${FRAME_BITS}/W)))\,2)`;
  const black = `color=black:size=${size}:rate=${FRAME_RATE}:duration=${seconds}`;
  return `${black},format=gray,geq=lum='16+219*${bit}',format=yuv420p`;
}

/** The audio source of the rising tone. A packet of PCMU has 20 ms, as in a call. */
function toneSource(codec: Codec): string {
  const rate = codec === 'PCMU' ? 8_000 : 48_000;
  const tone = `0.5*sin(2*PI*(${TONE_START}*t+${TONE_RISE / 2}*t*t))`;
  return `aevalsrc='${tone}':s=${rate}:d=${SAMPLE_SECONDS},asetnsamples=${rate / 50}`;
}

function runFfmpeg(options: readonly string[]): void {
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...options]);
}

/** Makes a file of the cache by a function that gets its path and an empty folder. Two processes can make the same file at once. */
function makeFile(name: string, make: (path: string, folder: string) => void): string {
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'making-'));
  try {
    make(join(folder, name), folder);
    renameSync(join(folder, name), path);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return path;
}
