// How the media samples encode their time, so that a page can read it from a picture or a sound.

/** The frames of a video each second. */
export const FRAME_RATE = 30;

/**
 * A picture has this number of columns. The column `n` from the left is white if the bit `n` of the frame's number is set. The numbers of a
 * longer video repeat.
 */
export const FRAME_BITS = 8;

/** A sound is a tone that rises: it has `TONE_START` hertz at 0 s, and `TONE_RISE` hertz more each second. */
export const TONE_START = 400;
export const TONE_RISE = 400;

/** The length of each sample in seconds. */
export const SAMPLE_SECONDS = 6;

/** The gap of a track with a mute, in seconds from its start. */
export const SAMPLE_GAP: readonly [from: number, to: number] = [2, 4];
