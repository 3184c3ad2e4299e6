import {
  isRecordingSid,
  type IdentifiedRecording,
  type RecordingCodec,
  type RecordingRef,
  type RoomSid,
  type TimelineReason,
} from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { startTimeout } from '../concurrency/timeout.ts';
import type { MediaConfig } from '../config/media-config.ts';
import { listCacheControl, type CacheLifetimes } from '../recordings/cache-control.ts';
import type { ResourceLoaders } from '../recordings/origin.ts';
import type {
  PagePosition,
  RecordingSource,
  SourcePage,
  SourceReadOptions,
} from '../recordings/recording-source.ts';
import type { HidableField } from '../recordings/serialize.ts';
import { HEADS_TIMEOUT_MS } from '../twilio/resilience/policy.ts';
import { normalizeSid } from '../twilio/sid.ts';
import type { MediaFiles } from './media-files.ts';
import { MediaError, type MediaErrorReason } from './media-source.ts';
import { buildTimeline, type TrackInput, type TrackTimes } from './timeline.ts';
import { selectTrackFormats } from './track-formats.ts';

/** The parts of a file that a timeline needs. */
export interface TrackFile extends TrackTimes {
  /** Null if no browser plays it. */
  readonly codec: RecordingCodec | null;
  /** Bytes. */
  readonly size: number;
  readonly hasCues: boolean;
}

/**
 * Reads the head of a recording's file.
 *
 * @throws {MediaError} if the file cannot be read or played.
 */
export type ReadTrackFile = (
  id: RecordingRef,
  options: {
    readonly signal: AbortSignal;
    readonly client: string | undefined;
    readonly externalLocation: string | null;
  },
) => Promise<TrackFile>;

/** Creates the reader of the heads of files. */
export function createTrackFileReader(files: Pick<MediaFiles, 'head'>): ReadTrackFile {
  return async (id, options) => {
    const { head, size, duration, gaps } = await files.head(id, options);
    const start = (head.firstTimestamp * head.timestampScale) / 1e9;
    return { start, duration, gaps, codec: head.codec, size, hasCues: head.cues !== null };
  };
}

/** How the sources of timelines are made. */
export interface TimelineMedia {
  readonly config: Pick<MediaConfig, 'mode' | 'scanMaxBytes'>;
  /** Undefined if no media is served. */
  readonly readFile: ReadTrackFile | undefined;
  /** Whether a URL can be signed, or need not be. */
  readonly canSign: boolean;
}

/** Returns the part of the cache key that names the settings of a stored timeline. */
export function getTimelineVariant({ config, readFile, canSign }: TimelineMedia): string {
  if (readFile === undefined) return 'off';
  return [config.mode, config.scanMaxBytes, ...(canSign ? [] : ['unsigned'])].join('-');
}

/** The services of the loader. */
interface TimelineServices {
  readonly source: RecordingSource;
  readonly media: TimelineMedia;
  readonly lifetimes: CacheLifetimes;
  readonly hiddenFields: readonly HidableField[];
  readonly sleep: Sleep;
  /** Reports that files could not be read now: the first error of each timeline. */
  readonly report: (error: unknown, requestId: string) => void;
}

/** The maximum number of tracks of a timeline, which is also the maximum of a page. */
const MAX_TRACKS = 1_000;

/** Heads that are read at the same time. */
const CONCURRENT_HEADS = 6;

/** Creates the loader of timelines. Their URLs are not signed: a stored timeline is the same for every client. */
export function createTimelineLoader(services: TimelineServices): ResourceLoaders['timeline'] {
  const { lifetimes } = services;
  const hidden = new Set(services.hiddenFields);
  return async ({ id: { roomSid } }, { publicUrl, requestId, ...options }) => {
    const recordings = await listAll(services.source, roomSid, options);
    const errors: unknown[] = [];
    const report = (error: unknown) => void errors.push(error);
    const inputs = await readTracks(recordings, services, { client: options.client, report });
    if (errors.length > 0) services.report(errors[0], requestId);
    return () => {
      const timeline = buildTimeline(inputs, { roomSid, publicUrl, hidden });
      const isPending = timeline.tracks.some(({ reason }) => reason === 'pending');
      const statuses = recordings.map(({ status }) => status);
      return {
        text: JSON.stringify(timeline),
        cacheControl: listCacheControl(statuses, lifetimes, isPending),
      };
    };
  };
}

/** Lists the recordings of a room, at most as many as a timeline has. Recordings that are not valid are left out. */
async function listAll(
  source: RecordingSource,
  roomSid: RoomSid,
  options: SourceReadOptions,
): Promise<readonly IdentifiedRecording[]> {
  const recordings = new Map<string, IdentifiedRecording>();
  let position: PagePosition | null = { page: 0, pageToken: undefined };
  while (position !== null && recordings.size < MAX_TRACKS) {
    const page: SourcePage = await source.list(roomSid, { pageSize: MAX_TRACKS, ...position }, options);
    const { size } = recordings;
    for (const listed of page.recordings) {
      const recording = normalizeSids(listed, roomSid);
      recordings.set(recording.sid, recording);
    }
    // A list of pages without another recording might not end.
    position = recordings.size === size ? null : page.next;
  }
  return [...recordings.values()].slice(0, MAX_TRACKS);
}

/** Returns a recording with SIDs in lower case: the keys of its file and its URLs have them. */
function normalizeSids(recording: IdentifiedRecording, roomSid: RoomSid): IdentifiedRecording {
  const sid = normalizeSid(recording.sid);
  return isRecordingSid(sid) ? { ...recording, sid, room_sid: roomSid } : recording;
}

interface ReadTracksOptions {
  readonly client: string | undefined;
  /** Receives the errors that may be over soon, but those of the edge's own limits. */
  readonly report: (error: unknown) => void;
}

/** Reads the heads of the files, some at the same time, until the time is over. One head that fails is the reason of its track. */
async function readTracks(
  recordings: readonly IdentifiedRecording[],
  { media, sleep }: TimelineServices,
  { client, report }: ReadTracksOptions,
): Promise<readonly TrackInput[]> {
  const inputs: TrackInput[] = [];
  const waiting = recordings.entries();
  const timeout = startTimeout(HEADS_TIMEOUT_MS, sleep);
  const { signal } = timeout;
  const expired = new Promise<'pending'>((resolve) => {
    signal.addEventListener('abort', () => resolve('pending'), { once: true });
  });
  async function readNext(): Promise<void> {
    // All readers take from one iterator.
    for (const [index, recording] of waiting) {
      const reason = findReason(recording, media);
      const file =
        reason ??
        (await Promise.race([readTrack(recording, media, { signal, client, report, sleep }), expired]));
      inputs[index] = toInput(recording, file, media);
    }
  }
  try {
    await Promise.all(Array.from({ length: CONCURRENT_HEADS }, readNext));
  } finally {
    timeout.clear();
  }
  return inputs;
}

/** Returns the reason why the file of a recording is not read; undefined if it is. */
function findReason(
  { status, type }: IdentifiedRecording,
  { readFile }: TimelineMedia,
): TimelineReason | undefined {
  if (status !== 'completed') return status;
  if (type === 'data') return 'data';
  return readFile === undefined ? 'off' : undefined;
}

/** The options of one read. */
interface ReadTrackOptions extends ReadTracksOptions {
  readonly signal: AbortSignal;
  readonly sleep: Sleep;
}

async function readTrack(
  { sid, room_sid: roomSid, media_external_location: externalLocation }: IdentifiedRecording,
  { readFile }: TimelineMedia,
  { signal, client, report, sleep }: ReadTrackOptions,
): Promise<TrackFile | TimelineReason> {
  if (readFile === undefined) return 'off';
  while (!signal.aborted) {
    try {
      return await readFile({ roomSid, sid }, { signal, client, externalLocation });
    } catch (error) {
      const seconds = findLimitWait(error);
      if (seconds === undefined) {
        // Any other error is one of the network, which may be over soon.
        const reason = error instanceof MediaError ? REASONS[error.reason] : 'pending';
        if (reason === 'pending') report(error);
        return reason;
      }
      await sleep(seconds * 1000, signal);
    }
  }
  return 'pending';
}

/**
 * Returns the seconds after which a limit of the edge permits a read; undefined for any other error, and for a wait that is too long.
 *
 * Twilio responds 404 for each track that was muted all the time. A few of them use up the limit of 404 responses, and the tracks after
 * them must not be lost.
 */
function findLimitWait(error: unknown): number | undefined {
  if (!(error instanceof MediaError) || error.retryAfter === undefined) return undefined;
  const isLimit = error.code === 'overloaded' || error.code === 'rate_limited';
  return isLimit && error.retryAfter * 1000 < HEADS_TIMEOUT_MS ? error.retryAfter : undefined;
}

/** The reason of a track for the reason of an error. */
const REASONS: Readonly<Record<MediaErrorReason, TimelineReason>> = {
  missing: 'unreadable',
  empty: 'empty',
  external: 'external',
  encrypted: 'encrypted',
  unreadable: 'unreadable',
  changed: 'pending',
  failed: 'pending',
};

function toInput(
  recording: IdentifiedRecording,
  file: TrackFile | TimelineReason,
  { config, canSign }: TimelineMedia,
): TrackInput {
  if (typeof file === 'string') return { recording, times: undefined, media: file };
  const formats = selectTrackFormats({ ...file, type: recording.type }, config);
  return { recording, times: file, media: canSign ? formats : 'no_signing_key' };
}
