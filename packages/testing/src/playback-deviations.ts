import { isSampleAudio, type SampleTrack } from './media-samples.ts';
import { FRAME_RATE, SAMPLE_GAP, SAMPLE_SECONDS } from './sample-coding.ts';
import { playInPage, toPageArguments, type Playback, type PlayOptions } from './media-page.ts';

/** The tolerances in seconds: of a duration, and of one frame, whose time is rounded. */
const DURATION_TOLERANCE = 0.05;
const FRAME_TOLERANCE = 1.01 / FRAME_RATE;
/** The window of the analysis of a sound has 90 ms. */
const SOUND_TOLERANCE = 0.06;
/** During playback, a browser on a busy machine draws a frame that is some frames from `currentTime`. */
const PLAYBACK_TOLERANCE = 0.25;
/** A page reads a sound 0.25 s after the target of a seek, and some time later on a busy machine. */
const SEEK_TOLERANCE = 1;

/** A browser with an open page. */
interface PageRunner {
  /** Runs a function in the page. It can refer to its argument only, which is sent as JSON. */
  run<Argument, Result>(work: (argument: Argument) => Promise<Result>, argument: Argument): Promise<Result>;
}

/** Seeks forwards, backwards, and into the gap of a track with a mute, and plays through the gap. */
function toPlayOptions(track: SampleTrack, url: string): PlayOptions {
  const [from, to] = SAMPLE_GAP;
  const part = track.endsWith(' gap') ? ([from - 0.3, to + 0.3] as const) : null;
  return isSampleAudio(track)
    ? { url, element: 'audio', seeks: [4.2, 1.2, 2.5], part }
    : { url, element: 'video', seeks: [4.55, 1.05, 3.05], part };
}

/** Plays a sample in a browser. Returns every deviation as a sentence, or an empty list. */
export async function findDeviations(
  browser: PageRunner,
  track: SampleTrack,
  url: string,
): Promise<readonly string[]> {
  const options = toPlayOptions(track, url);
  const result = await browser.run(playInPage, toPageArguments(options));
  return 'failure' in result ? [result.failure] : compareWithSample(track, options.seeks, result);
}

function compareWithSample(
  track: SampleTrack,
  targets: readonly number[],
  playback: Playback,
): readonly string[] {
  const { duration, first, played, seeks, afterPart, endedAt } = playback;
  const deviations: string[] = [];
  const compare = (name: string, actual: number | null, expected: number | null, tolerance: number) => {
    const isEqual =
      actual === null || expected === null ? actual === expected : Math.abs(actual - expected) <= tolerance;
    if (!isEqual) deviations.push(`${name} is ${actual}, but should be ${expected}.`);
  };
  compare('The duration', duration, SAMPLE_SECONDS, DURATION_TOLERANCE);
  if (first !== null) compare('The first frame', first.content, 0, FRAME_TOLERANCE);
  compare('The content during playback', played.content, findContent(track, played.at), PLAYBACK_TOLERANCE);
  const tolerance = isSampleAudio(track) ? SOUND_TOLERANCE : FRAME_TOLERANCE;
  for (const [nth, { at, content }] of seeks.entries()) {
    const name = `after the seek to ${targets[nth]}`;
    compare(`The time ${name}`, at, targets[nth] ?? Number.NaN, SEEK_TOLERANCE);
    compare(`The content ${name}`, content, findContent(track, at), tolerance);
  }
  if (afterPart !== null) {
    const { at, content } = afterPart;
    compare('The content after the gap', content, findContent(track, at), PLAYBACK_TOLERANCE);
  }
  compare('The time at the end', endedAt, SAMPLE_SECONDS, DURATION_TOLERANCE);
  return deviations;
}

/** Returns the content of a sample at a time. In a mute it is the last frame, or silence. */
function findContent(track: SampleTrack, at: number): number | null {
  const [from, to] = SAMPLE_GAP;
  const isMuted = track.endsWith(' gap') && at >= from && at < to;
  if (isSampleAudio(track)) return isMuted ? null : at;
  return Math.floor((isMuted ? from : at) * FRAME_RATE - (isMuted ? 1 : 0)) / FRAME_RATE;
}
