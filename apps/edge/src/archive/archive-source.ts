import { parseRoomRecording, RecordingsError } from '@room-recordings/core';
import type { SqlDatabase } from './database.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';

const SELECT_RECORDING = 'SELECT * FROM recordings WHERE sid = ? AND room_sid = ?';

/** Creates a source that reads from the archive. Its rows pass the same validation as Twilio's responses. */
export function archiveSource(database: SqlDatabase): RecordingSource {
  return {
    async read({ roomSid, sid }) {
      const [row] = await selectRows(database, [sid, roomSid]);
      if (row === undefined) {
        throw new RecordingsError('not_found', 'The recording does not exist in the archive.', {
          status: 404,
        });
      }
      return parseRoomRecording({ ...row, grouping_sids: parseGroupingSids(row['grouping_sids']) });
    },
  };
}

async function selectRows(database: SqlDatabase, values: readonly string[]): ReturnType<SqlDatabase['all']> {
  try {
    return await database.all({ sql: SELECT_RECORDING, values });
  } catch (cause) {
    throw new RecordingsError('network', 'The archive cannot be read.', { cause });
  }
}

/** Parses the column `grouping_sids`, which a constraint of the table keeps valid JSON. */
function parseGroupingSids(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : text;
}
