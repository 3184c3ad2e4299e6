import type {
  RecordingCodec,
  RecordingContainer,
  RecordingStatus,
  RecordingType,
} from '@room-recordings/core';
import type { SqlDatabase, SqlStatement, SqlValue } from '../src/archive/database.ts';

/** A row of the archive's table. */
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

const sidOf = (prefix: string, digits: string) => prefix + digits.repeat(32 / digits.length);

/** What sets one track apart; the rest of its row follows. */
type Track = Pick<SeedRow, 'status' | 'type' | 'codec' | 'offset'> &
  Partial<Pick<SeedRow, 'size' | 'duration' | 'track_name' | 'media_external_location'>>;

function rowOf(room: string, digits: string, date_created: string, track: Track): SeedRow {
  const room_sid = sidOf('RM', room);
  const source_sid = sidOf('MT', digits);
  // While a recording is being made, Twilio groups it by the room alone.
  const groups =
    track.status === 'processing' ? { room_sid } : { room_sid, participant_sid: sidOf('PA', room) };
  return {
    sid: sidOf('RT', digits),
    room_sid,
    account_sid: sidOf('AC', 'a'),
    date_created,
    source_sid,
    size: 0,
    duration: 0,
    container_format: track.type === 'video' ? 'mkv' : 'mka',
    grouping_sids: JSON.stringify(groups),
    track_name: source_sid,
    media_external_location: null,
    ...track,
  };
}

const finished = (digits: string, track: Omit<Track, 'status'>) =>
  rowOf('a', digits, '2026-03-02T09:00:00Z', { status: 'completed', ...track });
const running = (digits: string, track: Omit<Track, 'status'>) =>
  rowOf('b', digits, '2026-03-02T10:30:00Z', { status: 'processing', ...track });
const kept = (digits: string, track: Track) => rowOf('c', digits, '2026-03-03T14:15:00Z', track);

const BUCKET = 'https://recordings-of-an-example.s3.amazonaws.com/rooms/';

/** Three rooms, a call that ended, one that goes on and one with mishaps: every status, type and codec among them. */
export const SEED: readonly SeedRow[] = [
  finished('a', {
    type: 'audio',
    codec: 'OPUS',
    offset: 155137307765,
    size: 105956,
    duration: 3,
    track_name: 'microphone',
  }),
  finished('a1', {
    type: 'video',
    codec: 'VP8',
    offset: 155137308112,
    size: 1843201,
    duration: 3,
    track_name: 'camera',
  }),
  finished('a2', {
    type: 'data',
    codec: 'OPUS',
    offset: 155137309004,
    size: 512,
    duration: 1,
    track_name: 'chat',
  }),
  running('b1', { type: 'audio', codec: 'OPUS', offset: 155142707911, track_name: 'microphone' }),
  running('b2', { type: 'video', codec: 'H264', offset: 155142708400, track_name: 'screen' }),
  kept('c1', { status: 'failed', type: 'video', codec: 'H264', offset: 155242607003 }),
  kept('c2', { status: 'deleted', type: 'audio', codec: 'PCMU', offset: 155242607250, track_name: 'phone' }),
  kept('c3', {
    status: 'completed',
    type: 'video',
    codec: 'VP8',
    offset: 10,
    size: 734003200,
    duration: 3600,
    media_external_location: BUCKET,
  }),
];

/** The path of a recording to try. */
export const FIRST_PATH: string = `/v1/Rooms/${sidOf('RM', 'a')}/Recordings/${sidOf('RT', 'a')}`;

/** Adds the rows that are not there yet; what is there stays as it is. */
export async function seed(database: SqlDatabase, rows: readonly SeedRow[]): Promise<void> {
  await database.run(rows.map(insert));
}

function insert(row: SeedRow): SqlStatement {
  const columns = Object.keys(row).map((name) => `"${name}"`);
  const values: SqlValue[] = Object.values(row);
  const places = values.map(() => '?');
  return { sql: `INSERT OR IGNORE INTO recordings (${columns.join()}) VALUES (${places.join()})`, values };
}
