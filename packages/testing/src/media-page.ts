import { FRAME_BITS, FRAME_RATE, TONE_RISE, TONE_START } from './sample-coding.ts';

/** The options of a playback. */
export interface PlayOptions {
  readonly url: string;
  readonly element: 'audio' | 'video';
  /** The times in seconds to seek to, one after the other. */
  readonly seeks: readonly number[];
  /** A part to play without a seek, seconds; null: none. */
  readonly part: readonly [from: number, to: number] | null;
}

/** The content of a sample that an element presents at a time, both in seconds. */
interface Position {
  /** The element's `currentTime`. */
  readonly at: number;
  /** The time that the picture or the sound belongs to. Null: silence. */
  readonly content: number | null;
}

/** The observations of a playback. */
export interface Playback {
  /** Seconds. */
  readonly duration: number;
  /** The first frame before playback. Null for sound. */
  readonly first: Position | null;
  /** A position during playback from the start. */
  readonly played: Position;
  /** The position after each seek. */
  readonly seeks: readonly Position[];
  /** The position after the part. */
  readonly afterPart: Position | null;
  /** The `currentTime` at the event `ended`, after a seek to 0.5 s before the end. */
  readonly endedAt: number;
}

/** Why a page could not play media: the text of the element's error, or the event that did not come. */
export interface PlaybackFailure {
  readonly failure: string;
}

/** The coding of the samples. The page gets it as an argument, because a function of a page cannot refer to imports. */
const CODING: Coding = {
  frameBits: FRAME_BITS,
  frameRate: FRAME_RATE,
  toneRise: TONE_RISE,
  toneStart: TONE_START,
};

interface Coding {
  readonly frameBits: number;
  readonly frameRate: number;
  readonly toneRise: number;
  readonly toneStart: number;
}

interface PageArguments extends PlayOptions {
  readonly coding: Coding;
}

/** Returns the arguments of {@link playInPage}. */
export function toPageArguments(options: PlayOptions): PageArguments {
  return { ...options, coding: CODING };
}

/**
 * Plays media in a page that reads it by CORS: loads it, plays its start, seeks, and plays its last half second. This function runs in
 * the page.
 */
export async function playInPage(options: PageArguments): Promise<Playback | PlaybackFailure> {
  const { url, element, seeks, part, coding } = options;
  /** How long an event may take, in milliseconds. */
  const LIMIT = 10_000;
  /** How long a browser may take to present a frame after the event `seeked`, in milliseconds. */
  const PRESENTATION_MS = 300;
  /** The quietest tone, in decibels. */
  const SILENCE = -60;
  const media = document.createElement(element);
  media.crossOrigin = 'anonymous';
  media.preload = 'auto';
  media.muted = element === 'video';
  document.body.append(media);
  const failed = new Promise<never>((_, reject) => {
    media.addEventListener('error', () =>
      reject(new Error(`Error ${media.error?.code}: ${media.error?.message}`)),
    );
  });
  failed.catch(() => undefined);

  /** Rejects if the element fails, or after the limit. */
  const limit = <Result>(work: Promise<Result>, name: string): Promise<Result> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const { currentTime, readyState, duration } = media;
        reject(
          new Error(`${name} did not happen at ${currentTime} of ${duration}, readyState ${readyState}.`),
        );
      }, LIMIT);
    });
    return Promise.race([work, failed, late]).finally(() => clearTimeout(timer));
  };
  const waitFor = (event: string) =>
    limit(new Promise((resolve) => media.addEventListener(event, resolve, { once: true })), event);

  const canvas = document.createElement('canvas');
  canvas.width = coding.frameBits * 8;
  canvas.height = 8;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const readFrame = (): number => {
    if (!(media instanceof HTMLVideoElement) || context === null) throw new Error('This is not a video.');
    context.drawImage(media, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 4, canvas.width, 1);
    let frame = 0;
    for (let bit = 0; bit < coding.frameBits; bit += 1) {
      // The first of the four bytes of the pixel in the middle of the column.
      if ((data[(bit * 8 + 4) * 4] ?? 0) > 127) frame += 2 ** bit;
    }
    return frame / coding.frameRate;
  };

  const audio = element === 'audio' ? new AudioContext() : undefined;
  const analyser = audio?.createAnalyser();
  if (audio !== undefined && analyser !== undefined) {
    analyser.fftSize = 4096;
    analyser.smoothingTimeConstant = 0;
    audio.createMediaElementSource(media).connect(analyser).connect(audio.destination);
  }
  const readTone = (): number | null => {
    if (audio === undefined || analyser === undefined) throw new Error('This is not a sound.');
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const loudest = levels.reduce((best, level, bin) => (level > (levels[best] ?? 0) ? bin : best), 0);
    if ((levels[loudest] ?? -Infinity) < SILENCE) return null;
    const frequency = (loudest * audio.sampleRate) / analyser.fftSize;
    // The frequency is that of the middle of the analysed window.
    const halfWindow = analyser.fftSize / audio.sampleRate / 2;
    return (frequency - coding.toneStart) / coding.toneRise + halfWindow;
  };
  const readPosition = (): Position => ({
    at: media.currentTime,
    content: element === 'video' ? readFrame() : readTone(),
  });

  /** Plays until a time, and reads the position there. */
  const playUntil = async (time: number): Promise<Position> => {
    await limit(media.play(), 'play()');
    const reached = async () => {
      while (media.currentTime < time) await new Promise(requestAnimationFrame);
    };
    await limit(reached(), `playback until ${time}`);
    const position = readPosition();
    media.pause();
    return position;
  };
  /** Seeks, and waits until the new frame is presented, which can be after the event `seeked`. */
  const seek = async (time: number): Promise<void> => {
    const seeked = waitFor('seeked');
    const presented = new Promise((resolve) => {
      if (media instanceof HTMLVideoElement) media.requestVideoFrameCallback(resolve);
      else resolve(undefined);
    });
    media.currentTime = time;
    await seeked;
    // A browser does not present the same frame again.
    await Promise.race([presented, new Promise((resolve) => setTimeout(resolve, PRESENTATION_MS))]);
  };

  try {
    const loaded = waitFor('loadeddata');
    media.src = url;
    await loaded;
    const first = element === 'video' ? readPosition() : null;
    const played = await playUntil(0.25);
    const positions: Position[] = [];
    for (const time of seeks) {
      await seek(time);
      positions.push(element === 'video' ? readPosition() : await playUntil(time + 0.25));
    }
    if (part !== null) await seek(part[0]);
    const afterPart = part === null ? null : await playUntil(part[1]);
    const { duration } = media;
    await seek(duration - 0.5);
    const ended = waitFor('ended');
    await media.play();
    await ended;
    return { duration, first, played, seeks: positions, afterPart, endedAt: media.currentTime };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  } finally {
    media.removeAttribute('src');
    media.load();
    media.remove();
    await audio?.close();
  }
}
