import type { MediaSample } from '@room-recordings/testing/media-samples';
import { FRAME_BITS, FRAME_RATE } from '@room-recordings/testing/sample-coding';
import { setTimeout as sleep } from 'node:timers/promises';
import { measureSeekInPage, startTogetherInPage } from '@room-recordings/testing/large-media-page';
import { MEDIA_BROWSERS, startPage, type MediaBrowser } from '../../../test/browser/media-browsers.ts';
import { startSampleEdge } from '../../../test/browser/sample-edge.ts';
import type { Measurement } from '../measurement.ts';
import type { ServerRuntime } from '../spawned-server.ts';
import { describeRuns, median } from '../statistics.ts';

/** The storage: its latency and its rate. */
const STORAGE = { latencyMs: 50, bytesPerSecond: 2_000_000, sleep };

/** The largest median of a seek in each browser, in milliseconds. */
const MAX_SEEK_MS: Readonly<Record<string, number>> = { Chromium: 300, Firefox: 700 };
const SEEK_RUNS = 5;
/** In the middle of a frame. */
const SEEK_TO = 500 + 1.5 / FRAME_RATE;

const TRACKS = 10;
const MAX_START_MS = 5_000;

/** Files of 600 s and 31 MB without Cues, which the edge has to scan. */
const LARGE: readonly MediaSample[] = [
  { track: 'VP8 large', form: 'streamable', start: 20.8 },
  { track: 'H264 large', form: 'streamable', start: 20.8 },
];

/** Measures seeks in a long file without Cues, and the start of many tracks at the same time, in every browser of this machine. */
export async function measureMediaPlayback(runtime: ServerRuntime): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  const page = await startPage();
  for (const type of MEDIA_BROWSERS) {
    const maxSeekMs = MAX_SEEK_MS[type.name];
    if (!type.isInstalled || maxSeekMs === undefined) continue;
    for (const sample of LARGE) {
      const { runs, areRight } = await seekOften(() => type.start(page.url), sample, runtime);
      measurements.push({
        name: `${type.name} seeks to 500 s of a scanned ${sample.track} file of 600 s and 31 MB`,
        target: `≤ ${maxSeekMs} ms, and the right frame`,
        measured: `${describeRuns(runs, 'ms', 0)}${areRight ? '' : ', a wrong frame'}`,
        isMet: areRight && median(runs) <= maxSeekMs,
        runtime: `${runtime}, a process over loopback`,
        method: `${SEEK_RUNS} runs; the storage has 50 ms of latency and sends 2 MB/s`,
      });
    }
    const browser = await type.start(page.url);
    const starts = await startTracks(browser, runtime);
    await browser.close();
    measurements.push({
      name: `${type.name} starts ${TRACKS} tracks of one HTTP/1.1 host at the same time`,
      target: `each in ≤ ${MAX_START_MS} ms`,
      measured: starts === undefined ? `not all in ${MAX_START_MS} ms` : describeRuns(starts, 'ms', 0),
      isMet: starts !== undefined,
      runtime: `${runtime}, a process over loopback`,
      method: `${TRACKS} VP8 files of 600 s and 31 MB with Cues; the storage has 50 ms of latency and sends 2 MB/s`,
    });
  }
  page.stop();
  return measurements;
}

async function seekOften(
  startBrowser: () => Promise<MediaBrowser>,
  sample: MediaSample,
  runtime: ServerRuntime,
): Promise<{ readonly runs: readonly number[]; readonly areRight: boolean }> {
  const edge = await startSampleEdge(STORAGE, `start:${runtime}`);
  const url = edge.add(sample);
  // The response to a HEAD request has a length, so that the edge scans the file.
  await fetch(url, { method: 'HEAD' });
  const runs: number[] = [];
  let areRight = true;
  const expected = Math.floor(SEEK_TO * FRAME_RATE) % 2 ** FRAME_BITS;
  for (let run = 0; run < SEEK_RUNS; run += 1) {
    // A browser that starts has an empty cache.
    const browser = await startBrowser();
    const { ms, frame } = await browser.run(measureSeekInPage, { url, to: SEEK_TO, columns: FRAME_BITS });
    await browser.close();
    runs.push(ms);
    // The timestamps of the file are rounded to milliseconds at each repetition of its frames.
    areRight &&= Math.abs(frame - expected) <= 1;
  }
  await edge.stop();
  return { runs, areRight };
}

/** Returns the milliseconds until each track started, or undefined after the limit. */
async function startTracks(
  browser: MediaBrowser,
  runtime: ServerRuntime,
): Promise<readonly number[] | undefined> {
  const edge = await startSampleEdge(STORAGE, `start:${runtime}`);
  const sample: MediaSample = { track: 'VP8 large', form: 'finished', start: 20.8 };
  const urls = Array.from({ length: TRACKS }, () => edge.add(sample));
  const starts = await Promise.race([browser.run(startTogetherInPage, urls), sleep(MAX_START_MS)]);
  await edge.stop();
  return starts ?? undefined;
}
