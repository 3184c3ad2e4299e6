import { parseRoomRecording, RecordingsError, type RoomRecording } from '@room-recordings/core';
import { createEdge } from '../src/edge.ts';
import { toFetchHandler } from '../src/entries/fetch-server.ts';
import type { Log, LogLine } from '../src/log.ts';
import type { RecordingId } from '../src/route.ts';
import { readSettings } from '../src/settings.ts';
import type { Source } from '../src/source/source.ts';

export const ROOM_SID: string = `RM${'a'.repeat(32)}`;
export const SID: string = `RT${'a'.repeat(32)}`;
export const PATH: string = `/v1/Rooms/${ROOM_SID}/Recordings/${SID}`;
export const PUBLIC_URL = 'https://recordings.example.com';

/** Monday, 2 March 2026, 10:00:00 UTC. */
export const NOW: number = Date.UTC(2026, 2, 2, 10);

/** The recording that the tests read. */
export const RECORDING: RoomRecording = parseRoomRecording({
  account_sid: `AC${'a'.repeat(32)}`,
  status: 'completed',
  date_created: '2026-03-02T09:00:00Z',
  sid: SID,
  source_sid: `MT${'a'.repeat(32)}`,
  size: 105956,
  url: `https://video.twilio.com${PATH}`,
  type: 'audio',
  duration: 3,
  container_format: 'mka',
  codec: 'opus',
  grouping_sids: { room_sid: ROOM_SID },
  track_name: 'microphone',
  offset: 155137307765,
  media_external_location: null,
  room_sid: ROOM_SID,
  links: { media: `https://video.twilio.com${PATH}/Media` },
});

/** An edge around a source of the test's own. */
export interface TestEdge {
  /** Asks for a path below the public URL. */
  ask(path?: string, init?: RequestInit): Promise<Response>;
  /** What was logged. */
  readonly lines: readonly LogLine[];
  /** What the source was asked for. */
  readonly reads: readonly RecordingId[];
}

/** Makes an edge with `ACCESS=public` and the given settings over it. */
export function edgeWith(
  read: Source['read'] = () => Promise.resolve(RECORDING),
  variables: Readonly<Record<string, string>> = {},
): TestEdge {
  const lines: LogLine[] = [];
  const reads: RecordingId[] = [];
  const settings = readSettings({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'archive',
    PUBLIC_URL,
    ...variables,
  });
  const source: Source = {
    read(id) {
      reads.push(id);
      return read(id);
    },
  };
  const log: Log = { wants: () => true, write: (line) => lines.push(line) };
  const answer = toFetchHandler(createEdge(settings, source, { now: () => NOW, log }).app);
  return {
    lines,
    reads,
    ask: async (path = PATH, init = {}) => answer(new Request(PUBLIC_URL + path, init)),
  };
}

/** A source that has nothing. */
export const findNothing: Source['read'] = () =>
  Promise.reject(new RecordingsError('not_found', 'No such recording.', { status: 404 }));
