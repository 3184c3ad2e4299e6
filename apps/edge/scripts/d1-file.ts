import { createHash, createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The Durable Object class of D1 databases in Miniflare, which is also the name of their folder. */
const D1_CLASS = 'miniflare-D1DatabaseObject';

/**
 * Copies an SQLite file to the path of a D1 database in Miniflare.
 *
 * workerd opens neither a symbolic link nor a file with another name, so that a copy is the only way to serve the rows of an archive.
 *
 * @param state the state folder of Miniflare. It must not contain this database.
 * @throws {Error} with one line that names the file and the folder.
 */
export function copyToD1(archive: string, state: string, databaseId: string): void {
  const folder = join(state, 'd1', D1_CLASS);
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(archive);
  try {
    // A copy of the file alone would miss the rows in the write-ahead log.
    database.prepare('VACUUM INTO ?').run(join(folder, `${hashObjectName(D1_CLASS, databaseId)}.sqlite`));
  } catch (cause) {
    throw new Error(`The archive ${archive} cannot be copied to ${folder}: ${String(cause)}`, { cause });
  } finally {
    database.close();
  }
}

/**
 * Computes the id that workerd gives to the named object of a Durable Object class.
 *
 * @see https://github.com/cloudflare/workerd/blob/main/src/workerd/server/actor-id-impl.c%2B%2B
 */
function hashObjectName(className: string, name: string): string {
  const key = createHash('sha256').update(className).digest();
  const first = createHmac('sha256', key).update(name).digest().subarray(0, 16);
  const second = createHmac('sha256', key).update(first).digest().subarray(0, 16);
  return Buffer.concat([first, second]).toString('hex');
}
