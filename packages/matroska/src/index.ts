export { findBoundary } from './boundary.ts';
export { MatroskaError, type MatroskaErrorCode } from './errors.ts';
export { readHead } from './head.ts';
export { decodeIndex, encodeIndex } from './index-codec.ts';
export { createMp4Head } from './mp4-head.ts';
export { createPatcher } from './patcher.ts';
export { createMp4File, createPatchedFile, createWebmFile } from './playable-files.ts';
export { createOpusFile } from './opus-file.ts';
export { mayHaveGaps } from './opus-layout.ts';
export { createScanner } from './scanner.ts';
export type {
  BytePatch,
  ByteRange,
  Bytes,
  CuePoint,
  FrameTable,
  MatroskaHead,
  MatroskaIndex,
  MediaCodec,
  Patcher,
  PlayableFile,
  RangePlan,
  ReadRange,
  Scanner,
} from './types.ts';
export { createWavFile } from './wav-file.ts';
export { createWavHead } from './wav-head.ts';
export { createWebmHead } from './webm-head.ts';
