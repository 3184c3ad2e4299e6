import { sleep } from '@room-recordings/http-cache';
import { resolve } from 'node:path';
import { archiveSource } from '../archive/archive-source.ts';
import { migrate } from '../archive/database.ts';
import { loadMigrations } from '../archive/load-migrations.ts';
import { openSqlite, type SqliteDatabase } from '../archive/sqlite.ts';
import type { Config } from '../config/config.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { createTwilioSource } from '../twilio/twilio-source.ts';
import { formatStartError } from './start-error.ts';

/** A process's source, and the way to let go of it. */
export interface OpenSource {
  readonly source: RecordingSource | undefined;
  close(): void;
}

const EDGE = resolve(import.meta.dirname, '../..');

/** Opens the source that the settings name, the archive migrated; a relative path starts at apps/edge. */
export async function openSource(settings: Config, monotonic: () => number): Promise<OpenSource> {
  const { source, archivePath, staleOnUpstreamAuth } = settings;
  if (source === undefined) return { source, close() {} };
  if (source.name === 'twilio') {
    const outside = { now: monotonic, sleep, random: Math.random, staleOnUpstreamAuth };
    return { source: createTwilioSource(source, (url, init) => fetch(url, init), outside), close() {} };
  }
  const database = await openArchive(resolve(EDGE, archivePath));
  return { source: archiveSource(database), close: () => database.close() };
}

/**
 * Opens an archive file and brings it up to date.
 *
 * @throws one line that names the path and what stands in the way.
 */
export async function openArchive(path: string): Promise<SqliteDatabase> {
  try {
    const database = openSqlite(path);
    await migrate(database, loadMigrations(resolve(EDGE, 'migrations')));
    return database;
  } catch (fault) {
    throw new Error(`The archive ${path} cannot be opened and migrated: ${formatStartError(fault)}`, {
      cause: fault,
    });
  }
}
