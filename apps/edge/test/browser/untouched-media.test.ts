import { startMediaBucket, type MediaBucket } from '@room-recordings/testing/media-bucket';
import { makeMediaSample, type MediaSample } from '@room-recordings/testing/media-samples';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canPlaySamples, MEDIA_BROWSERS, useMediaBrowser } from './media-browsers.ts';
import { findDeviations } from '@room-recordings/testing/playback-deviations';

const PLAYABLE: MediaSample = { track: 'VP8', form: 'finished', start: 0 };
const UNPLAYABLE: Readonly<Record<string, MediaSample>> = {
  Chromium: { track: 'VP8', form: 'finished', start: 20.8 },
  Firefox: { track: 'PCMU', form: 'finished', start: 0 },
};
const TYPES = MEDIA_BROWSERS.flatMap((type) => {
  const unplayable = UNPLAYABLE[type.name];
  return unplayable === undefined ? [] : [{ name: type.name, type, unplayable }];
});

// The observations of a page are reliable only if the page also observes the errors that the edge removes.
describe.each(TYPES)('$name with untouched files of a bucket', ({ type, unplayable }) => {
  const canPlay = canPlaySamples(type);
  const getBrowser = useMediaBrowser(type);
  let bucket: MediaBucket | undefined;
  beforeAll(async () => {
    bucket = await startMediaBucket({ headers: { 'Access-Control-Allow-Origin': '*' } });
  });
  afterAll(() => bucket?.stop());

  async function play(sample: MediaSample): Promise<readonly string[]> {
    const url = bucket?.store(`${sample.track}-${sample.start}`, makeMediaSample(sample)) ?? '';
    return findDeviations(getBrowser(), sample.track, url);
  }

  it.skipIf(!canPlay)('plays a file that begins at 0 s without a deviation', async () => {
    expect(await play(PLAYABLE)).toEqual([]);
  });

  it.skipIf(!canPlay)('reports the deviations of a file that it does not support', async () => {
    expect(await play(unplayable)).not.toEqual([]);
  });
});
