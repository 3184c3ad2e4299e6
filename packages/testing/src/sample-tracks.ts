import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FRAME_BITS,
  FRAME_RATE,
  SAMPLE_GAP,
  SAMPLE_SECONDS,
  TONE_RISE,
  TONE_START,
} from './sample-coding.ts';

const SIZES = ['160x96', '320x192', '240x144'] as const;
const KEY_FRAME_DISTANCE = 60;
const GOP = `-g ${KEY_FRAME_DISTANCE} -keyint_min ${KEY_FRAME_DISTANCE} -b:v 400k`;

/** A codec of Twilio's recordings. */
export type SampleCodec = 'VP8' | 'H264' | 'OPUS' | 'PCMU';

const ENCODERS: Readonly<Record<SampleCodec, string>> = {
  VP8: `-c:v libvpx -deadline realtime -cpu-used 8 -auto-alt-ref 0 ${GOP}`,
  H264: `-c:v libx264 -preset ultrafast -profile:v baseline -tune zerolatency -sc_threshold 0 ${GOP}`,
  OPUS: '-c:a libopus -b:a 32k',
  PCMU: '-c:a pcm_mulaw',
};

/** The packets of a track: a codec, three sizes in one track, a mute from 2 s to 4 s, or ten minutes with 30 MB. */
export type PacketKind = 'sizes' | 'gap' | 'large';

/** Makes the packets of a track, from 0 s on, in a Matroska file of ffmpeg. Returns the path of the file, which has no spaces. */
export function makePackets(codec: SampleCodec, kind?: PacketKind): string {
  return makeCachedFile(`packets-${codec}-${kind ?? 'plain'}.mkv`, (path, folder) => {
    if (kind === 'sizes') return makeSizes(codec, path, folder);
    if (kind === 'gap') return dropGap(makePackets(codec), path);
    if (kind === 'large') return makeLarge(codec, path, folder);
    const isAudio = codec === 'OPUS' || codec === 'PCMU';
    const source = isAudio ? formatToneSource(codec) : formatFrameSource(SIZES[0], 0, SAMPLE_SECONDS);
    return encode(source, codec, path);
  });
}

function encode(source: string, codec: SampleCodec, path: string): void {
  runFfmpeg(['-f', 'lavfi', '-i', source, ...ENCODERS[codec].split(' '), path]);
}

/** Makes one track of three sizes, as a simulcast sender changes them. H264 has its parameters in band. */
function makeSizes(codec: SampleCodec, path: string, folder: string): void {
  const seconds = SAMPLE_SECONDS / SIZES.length;
  const parts = SIZES.map((size, nth) => {
    const part = join(folder, `${nth}.${codec === 'H264' ? 'h264' : 'mkv'}`);
    encode(formatFrameSource(size, nth * seconds * FRAME_RATE, seconds), codec, part);
    return part;
  });
  const list = join(folder, 'parts');
  if (codec === 'H264') {
    writeFileSync(list, Buffer.concat(parts.map((part) => readFileSync(part))));
    const input = `-framerate ${FRAME_RATE} -fflags +genpts -f h264 -i`.split(' ');
    runFfmpeg([...input, list, '-c', 'copy', path]);
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

/** Makes ten minutes by repeating the shortest video with all frame numbers. Noise makes it as large as a recording. */
function makeLarge(codec: SampleCodec, path: string, folder: string): void {
  const part = join(folder, 'part.mkv');
  const seconds = 2 ** FRAME_BITS / FRAME_RATE;
  encode(`${formatFrameSource(SIZES[1], 0, seconds)},noise=alls=24:allf=t`, codec, part);
  runFfmpeg(['-stream_loop', '-1', '-t', '600', '-i', part, '-c', 'copy', path]);
}

/** The video source whose columns show the number of each frame. */
function formatFrameSource(size: string, firstFrame: number, seconds: number): string {
  const bit = String.raw`mod(floor((N+${firstFrame})/pow(2\,floor(X*${FRAME_BITS}/W)))\,2)`;
  const black = `color=black:size=${size}:rate=${FRAME_RATE}:duration=${seconds}`;
  return `${black},format=gray,geq=lum='16+219*${bit}',format=yuv420p`;
}

/** The audio source of the rising tone. A packet of PCMU has 20 ms, as in a call. */
function formatToneSource(codec: SampleCodec): string {
  const rate = codec === 'PCMU' ? 8_000 : 48_000;
  const tone = `0.5*sin(2*PI*(${TONE_START}*t+${TONE_RISE / 2}*t*t))`;
  return `aevalsrc='${tone}':s=${rate}:d=${SAMPLE_SECONDS},asetnsamples=${rate / 50}`;
}

function runFfmpeg(options: readonly string[]): void {
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...options]);
}

/** The folder of the made files. They depend on the scripts alone, so that a change of a script makes them again. */
const FOLDER = join(tmpdir(), `room-recordings-samples-${hashScripts()}`);

function hashScripts(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(import.meta.dirname).toSorted()) {
    if (/sample/.test(name)) hash.update(readFileSync(join(import.meta.dirname, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Makes a file once on this machine.
 *
 * @param make writes the file at a path; it may use the empty folder. Two processes can make the same file at once.
 * @returns the path of the file.
 */
export function makeCachedFile(name: string, make: (path: string, folder: string) => void): string {
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'making-'));
  try {
    const made = join(folder, `made-${name}`);
    make(made, folder);
    renameSync(made, path);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return path;
}
