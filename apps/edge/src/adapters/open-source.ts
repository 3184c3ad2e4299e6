import { sleep } from '@room-recordings/http-cache';
import { resolve } from 'node:path';
import { archiveSource } from '../archive/archive-source.ts';
import { migrate } from '../archive/database.ts';
import { loadMigrations, openSqlite, type SqliteDatabase } from '../archive/sqlite.ts';
import type { Config } from '../config/config.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { createTwilioSource } from '../twilio/twilio-source.ts';
import { formatStartError } from './start-error.ts';

/** The recording source of a process. */
export interface OpenSource {
  /** Undefined if `RECORDINGS_SOURCE` is not set. */
  readonly source: RecordingSource | undefined;
  /** Closes the archive, if the source is one. */
  readonly close: () => void;
}

const EDGE = resolve(import.meta.dirname, '../..');

/** Opens the source that the settings name, and migrates an archive. A relative path starts at apps/edge. */
export async function openSource(config: Config, monotonic: () => number): Promise<OpenSource> {
  const { source, archivePath, staleOnUpstreamAuth } = config;
  if (source === undefined) return { source, close() {} };
  if (source.name === 'twilio') {
    const services = { now: monotonic, sleep, random: Math.random, staleOnUpstreamAuth };
    return { source: createTwilioSource(source, (url, init) => fetch(url, init), services), close() {} };
  }
  const database = await openArchive(resolve(EDGE, archivePath));
  return { source: archiveSource(database), close: () => database.close() };
}

/**
 * Opens an archive file and migrates it.
 *
 * @throws {Error} with one line that names the path and the reason.
 */
export async function openArchive(path: string): Promise<SqliteDatabase> {
  try {
    const database = openSqlite(path);
    await migrate(database, loadMigrations(resolve(EDGE, 'migrations')));
    return database;
  } catch (error) {
    throw new Error(`The archive ${path} cannot be opened and migrated: ${formatStartError(error)}`, {
      cause: error,
    });
  }
}
