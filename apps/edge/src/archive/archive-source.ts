import { parseRoomRecording, RecordingsError } from '@room-recordings/core';
import type { SqlDatabase } from './database.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';

const FIND = 'SELECT * FROM recordings WHERE sid = ? AND room_sid = ?';

/** Reads from the archive: rows become recordings by the same check as Twilio's answers. */
export function archiveSource(database: SqlDatabase): RecordingSource {
  return {
    async read({ roomSid, sid }) {
      const [row] = await find(database, [sid, roomSid]);
      if (row === undefined) {
        throw new RecordingsError('not_found', 'The archive has no such recording.', { status: 404 });
      }
      return parseRoomRecording({ ...row, grouping_sids: readGroups(row['grouping_sids']) });
    },
  };
}

async function find(database: SqlDatabase, values: readonly string[]): ReturnType<SqlDatabase['all']> {
  try {
    return await database.all({ sql: FIND, values });
  } catch (cause) {
    throw new RecordingsError('network', 'The archive could not be read.', { cause });
  }
}

/** The column is checked to be JSON by the table. */
function readGroups(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : text;
}
