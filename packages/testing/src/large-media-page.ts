/** A seek in a page. */
export interface MeasuredSeek {
  /** Milliseconds from the assignment of `currentTime` until the new frame is presented. */
  readonly ms: number;
  /** The number that the columns of the new picture show. */
  readonly frame: number;
}

/** Plays the start of a large video, and measures a seek. This function runs in the page. */
export async function measureSeekInPage(options: {
  readonly url: string;
  /** Seconds. */
  readonly to: number;
  /** The columns of a picture. */
  readonly columns: number;
}): Promise<MeasuredSeek> {
  const { url, to, columns } = options;
  /** The time of a presented frame may differ from the target of the seek by so many seconds. */
  const MAX_FRAME_DISTANCE = 0.1;
  const media = document.createElement('video');
  media.crossOrigin = 'anonymous';
  media.muted = true;
  document.body.append(media);
  const waitFor = (event: string) =>
    new Promise<unknown>((resolve, reject) => {
      media.addEventListener(event, resolve, { once: true });
      media.addEventListener('error', () => reject(new Error(media.error?.message)), { once: true });
      setTimeout(() => reject(new Error(`No event ${event}`)), 60_000);
    });
  const canPlay = waitFor('canplay');
  media.src = url;
  await canPlay;
  await media.play();
  while (media.currentTime < 0.5) await new Promise(requestAnimationFrame);
  media.pause();
  const seeked = waitFor('seeked');
  const start = performance.now();
  media.currentTime = to;
  // Frames of the old position can still be presented at first.
  let time = 0;
  while (Math.abs(time - to) > MAX_FRAME_DISTANCE) {
    time = await new Promise<number>((resolve) => {
      media.requestVideoFrameCallback((_now, { mediaTime }) => resolve(mediaTime));
    });
  }
  await seeked;
  const ms = performance.now() - start;
  const canvas = document.createElement('canvas');
  canvas.width = columns * 8;
  canvas.height = 8;
  const context = canvas.getContext('2d');
  context?.drawImage(media, 0, 0, canvas.width, canvas.height);
  const data = context?.getImageData(0, 4, canvas.width, 1).data ?? [];
  let frame = 0;
  for (let bit = 0; bit < columns; bit += 1) {
    // The first of the four bytes of the pixel in the middle of the column.
    if ((data[(bit * 8 + 4) * 4] ?? 0) > 127) frame += 2 ** bit;
  }
  media.removeAttribute('src');
  media.load();
  media.remove();
  return { ms, frame };
}

/**
 * Plays several tracks at the same time until each of them has started, and returns the milliseconds that each took. This function runs in
 * the page.
 */
export async function startTogetherInPage(urls: readonly string[]): Promise<readonly number[]> {
  const start = performance.now();
  const elements = urls.map((url) => {
    const media = document.createElement('video');
    media.crossOrigin = 'anonymous';
    media.muted = true;
    media.src = url;
    document.body.append(media);
    return media;
  });
  const starts = await Promise.all(
    elements.map(async (media) => {
      await media.play();
      while (media.currentTime === 0) await new Promise(requestAnimationFrame);
      return performance.now() - start;
    }),
  );
  for (const media of elements) {
    media.removeAttribute('src');
    media.load();
    media.remove();
  }
  return starts;
}
