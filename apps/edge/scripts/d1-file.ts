import { createHash, createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The class of the Durable Object that stands for a D1 database in Miniflare, and so the name of its folder. */
const D1_CLASS = 'miniflare-D1DatabaseObject';

/**
 * Copies an SQLite file to the place where Miniflare keeps a D1 database.
 *
 * workerd opens neither a symbolic link nor a file under another name, so a copy is the only way to serve an archive's rows.
 *
 * @param state the folder of Miniflare's databases, without this one.
 * @throws {Error} one line that names both places.
 */
export function copyToD1(archive: string, state: string, databaseId: string): void {
  const folder = join(state, 'd1', D1_CLASS);
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(archive);
  try {
    // A copy of the file itself would lack the rows that are still in the write-ahead log.
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
