import type { CacheApi, Sleep } from '@room-recordings/http-cache';
import type { Config } from '../config/config.ts';
import { createIndexStore } from './index-store.ts';
import { createMediaFiles, type MediaFiles } from './media-files.ts';
import type { MediaSource } from './media-source.ts';
import { createRepresentations, type FindRepresentation } from './representations.ts';
import { TransferLimiter } from './transfer-limiter.ts';

/** The services of the media of recordings. */
export interface MediaServices {
  readonly mode: Config['media']['mode'];
  /** Whether every client may read the media, so that shared caches may store it. */
  readonly isPublic: boolean;
  /** The maximum bytes of a response to a media element that requests a range without an end. */
  readonly pieceBytes: number;
  /** Seconds until a recording that is processed may be complete. */
  readonly processingSeconds: number;
  readonly source: MediaSource;
  readonly files: MediaFiles;
  readonly findRepresentation: FindRepresentation;
  readonly transfers: TransferLimiter;
}

/** The services that media uses. */
interface MediaDependencies {
  /** Milliseconds of a monotonic clock. */
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Undefined on a runtime without a Cache API. */
  readonly cacheApi: CacheApi | undefined;
}

/** Creates the services of a media source. */
export function createMediaServices(
  { access, media, lifetimes, publicUrl }: Config,
  source: MediaSource,
  { monotonic, sleep, waitUntil, cacheApi }: MediaDependencies,
): MediaServices {
  const { fresh, whileRevalidate, ifError } = lifetimes.completed;
  const files = createMediaFiles({
    source,
    indexStore:
      cacheApi &&
      createIndexStore({
        cacheApi,
        sleep,
        lifetimeSeconds: fresh + Math.max(whileRevalidate, ifError),
        publicUrl,
      }),
    lifetimeSeconds: lifetimes.completed.fresh,
    now: monotonic,
    sleep,
    waitUntil,
  });
  return {
    mode: media.mode,
    isPublic: access === 'public',
    pieceBytes: media.pieceBytes,
    processingSeconds: lifetimes.processing.fresh,
    source,
    files,
    findRepresentation: createRepresentations({ source, files, scanMaxBytes: media.scanMaxBytes }),
    transfers: new TransferLimiter(monotonic),
  };
}
