import type {
  RecordingCodec,
  RecordingContainer,
  RecordingStatus,
  RecordingType,
} from '@room-recordings/core';
import type { SqlDatabase, SqlStatement, SqlValue } from '../src/archive/database.ts';

/** A row of the archive's recordings table. */
export interface SeedRow {
  readonly sid: string;
  readonly room_sid: string;
  readonly account_sid: string;
  readonly status: RecordingStatus;
  readonly date_created: string;
  readonly source_sid: string;
  readonly size: number;
  readonly type: RecordingType;
  readonly duration: number;
  readonly container_format: RecordingContainer;
  readonly codec: RecordingCodec;
  readonly grouping_sids: string;
  readonly track_name: string;
  readonly offset: number;
  readonly media_external_location: string | null;
}

const createSid = (prefix: string, digits: string) => prefix + digits.repeat(32 / digits.length);

/** The properties that differ between tracks. `createRow` adds the others. */
type Track = Pick<SeedRow, 'status' | 'type' | 'codec' | 'offset'> &
  Partial<Pick<SeedRow, 'size' | 'duration' | 'track_name' | 'media_external_location'>> & {
    /** The hex digits of the participant's SID; by default those of the room. */
    readonly participant?: string;
  };

function createRow(room: string, digits: string, date_created: string, track: Track): SeedRow {
  const { participant = room, ...attributes } = track;
  const room_sid = createSid('RM', room);
  const source_sid = createSid('MT', digits);
  // Twilio groups a recording in progress by the room only.
  const groups =
    track.status === 'processing'
      ? { room_sid }
      : { room_sid, participant_sid: createSid('PA', participant) };
  return {
    sid: createSid('RT', digits),
    room_sid,
    account_sid: createSid('AC', 'a'),
    date_created,
    source_sid,
    size: 0,
    duration: 0,
    container_format: track.type === 'video' ? 'mkv' : 'mka',
    grouping_sids: JSON.stringify(groups),
    track_name: source_sid,
    media_external_location: null,
    ...attributes,
  };
}

/** A track of the call that has media. Twilio's offset is the same for all tracks of a room; each file has the start of its track. */
const createPlayable = (digits: string, time: string, track: Omit<Track, 'status' | 'offset'>) =>
  createRow('a', digits, `2026-03-02T${time}Z`, { status: 'completed', offset: 155137307765, ...track });
const createProcessing = (digits: string, track: Omit<Track, 'status'>) =>
  createRow('b', digits, '2026-03-02T10:30:00Z', { status: 'processing', ...track });
const createOther = (digits: string, track: Track) => createRow('c', digits, '2026-03-03T14:15:00Z', track);

const ALICE = 'a';
const BOB = 'b';
const BUCKET = 'https://recordings-of-an-example.s3.amazonaws.com/rooms/';

/**
 * Recordings of three rooms: a completed call, a call in progress, and a room with the other statuses. Each type and codec occurs.
 *
 * The call has media: `make-seed-media.sh` makes the files. The other rows are metadata only.
 */
export const SEED: readonly SeedRow[] = [
  createPlayable('a', '09:00:00', {
    participant: ALICE,
    type: 'audio',
    codec: 'OPUS',
    size: 180309,
    duration: 36,
    track_name: 'microphone',
  }),
  createPlayable('a1', '09:00:00', {
    participant: ALICE,
    type: 'video',
    codec: 'VP8',
    size: 280786,
    duration: 36,
    track_name: 'camera',
  }),
  createPlayable('a3', '09:00:07', {
    participant: BOB,
    type: 'video',
    codec: 'H264',
    size: 143804,
    duration: 24,
    track_name: 'camera',
  }),
  createPlayable('a4', '09:00:07', {
    participant: BOB,
    type: 'audio',
    codec: 'PCMU',
    size: 237534,
    duration: 24,
    track_name: 'microphone',
  }),
  createProcessing('b1', { type: 'audio', codec: 'OPUS', offset: 155142707911, track_name: 'microphone' }),
  createProcessing('b2', { type: 'video', codec: 'H264', offset: 155142708400, track_name: 'screen' }),
  createOther('c1', { status: 'failed', type: 'video', codec: 'H264', offset: 155242607003 }),
  createOther('c2', {
    status: 'deleted',
    type: 'audio',
    codec: 'PCMU',
    offset: 155242607250,
    track_name: 'phone',
  }),
  createOther('c3', {
    status: 'completed',
    type: 'video',
    codec: 'VP8',
    offset: 155242607003,
    size: 734003200,
    duration: 3600,
    media_external_location: BUCKET,
  }),
  createOther('c4', {
    status: 'completed',
    type: 'data',
    codec: 'OPUS',
    offset: 155242607250,
    size: 512,
    duration: 1,
    track_name: 'chat',
  }),
];

const ROOM_PATH = `/v1/Rooms/${createSid('RM', 'a')}`;

/** The path of the first recording. */
export const FIRST_PATH: string = `${ROOM_PATH}/Recordings/${createSid('RT', 'a')}`;

/** The paths of the room of the first recording that have a response: its list, its timeline, and a video. */
export const ROOM_PATHS: { readonly list: string; readonly timeline: string; readonly video: string } = {
  list: `${ROOM_PATH}/Recordings`,
  timeline: `${ROOM_PATH}/Timeline`,
  video: `${ROOM_PATH}/Recordings/${createSid('RT', 'a1')}/Media`,
};

/** Inserts the rows whose SIDs do not exist yet. Existing rows do not change. */
export async function seed(database: SqlDatabase, rows: readonly SeedRow[]): Promise<void> {
  await database.run(rows.map(insert));
}

function insert(row: SeedRow): SqlStatement {
  const columns = Object.keys(row).map((name) => `"${name}"`);
  const values: SqlValue[] = Object.values(row);
  const placeholders = values.map(() => '?');
  return {
    sql: `INSERT OR IGNORE INTO recordings (${columns.join()}) VALUES (${placeholders.join()})`,
    values,
  };
}
