import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type SqlDatabase, type Migration, migrate } from './database.ts';

/** An open SQLite file. This module is not part of the Worker, which has neither `node:sqlite` nor `node:fs`. */
export interface SqliteDatabase extends SqlDatabase {
  close(): void;
}

/** Opens an SQLite file. It creates the file and its folder if they do not exist. */
export function openSqlite(path: string): SqliteDatabase {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL');
  return {
    async all({ sql, values }) {
      return database.prepare(sql).all(...values);
    },
    async run(statements) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { sql, values } of statements) database.prepare(sql).run(...values);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
}

/** Loads the numbered migrations of a folder in their order. */
export function loadMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }));
}

/** The folder of apps/edge. */
export const EDGE_FOLDER: string = resolve(import.meta.dirname, '../..');

/**
 * Opens an archive file and migrates it.
 *
 * @throws {Error} with one line that names the path and the reason.
 */
export async function openArchive(path: string): Promise<SqliteDatabase> {
  try {
    const database = openSqlite(path);
    await migrate(database, loadMigrations(resolve(EDGE_FOLDER, 'migrations')));
    return database;
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    throw new Error(`The archive ${path} cannot be opened and migrated: ${reason}`, { cause: error });
  }
}
