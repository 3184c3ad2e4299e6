import {
  MEDIA_SAMPLE_DIAGONAL,
  MEDIA_SAMPLES,
  type MediaSample,
  type SampleForm,
} from '@room-recordings/testing/media-samples';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTogetherInPage } from '@room-recordings/testing/large-media-page';
import { canPlaySamples, MEDIA_BROWSERS, useMediaBrowser } from './media-browsers.ts';
import { findDeviations } from '@room-recordings/testing/playback-deviations';
import { startSampleEdge, type SampleEdge } from './sample-edge.ts';

const SAMPLES = process.env['MEDIA_MATRIX'] === 'all' ? MEDIA_SAMPLES : MEDIA_SAMPLE_DIAGONAL;

const FORMS: Readonly<Record<SampleForm, string>> = {
  finished: 'a finished file',
  streamable: 'a streamable file',
  'no Duration': 'a file without a Duration',
};

/** More tracks than the connections of a browser to one HTTP/1.1 host, which are six. */
const TRACKS = 10;
const LARGE: MediaSample = { track: 'H264 large', form: 'finished', start: 20.8 };

describe.each(MEDIA_BROWSERS)('$name with the media of an edge', { concurrent: true }, (type) => {
  const canPlay = canPlaySamples(type);
  const getBrowser = useMediaBrowser(type);
  let edge: SampleEdge | undefined;
  beforeAll(async () => {
    if (canPlay) edge = await startSampleEdge();
  }, 60_000);
  afterAll(() => edge?.stop());

  const cells = SAMPLES.flatMap((sample) => {
    const { track, form, start } = sample;
    const name = `${track} of ${FORMS[form]} that begins at ${start} s`;
    // Without a Duration or Cues, Matroska is for programs that read the whole file.
    const hasMatroska = track.startsWith('H264') && form === 'finished' && type.playsMatroska;
    const matroska = { name: `${name} as Matroska`, sample, query: '?format=matroska' };
    return [{ name, sample, query: '' }, ...(hasMatroska ? [matroska] : [])];
  });

  it.skipIf(!canPlay).each(cells)('plays $name', async ({ sample, query }) => {
    const url = `${edge?.add(sample)}${query}`;
    expect(await findDeviations(getBrowser(), sample.track, url)).toEqual([]);
  });

  it.skipIf(!canPlay || !type.playsMatroska)(
    'starts ten tracks of one HTTP/1.1 host at the same time',
    async () => {
      const urls = Array.from({ length: TRACKS }, () => `${edge?.add(LARGE)}?format=matroska`);
      expect(await getBrowser().run(startTogetherInPage, urls)).toHaveLength(TRACKS);
    },
  );
});
