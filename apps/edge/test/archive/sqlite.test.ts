import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSqlite, loadMigrations } from '../../src/archive/sqlite.ts';

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('loadMigrations() returns the SQL files of a folder in the order of their names, and no other file', () => {
  const folder = createFolder();
  for (const name of ['0010_c.sql', '0002_b.sql', 'README.md', '0001_a.sql', '0001_a.sql.orig']) {
    writeFileSync(join(folder, name), `-- ${name}`);
  }
  expect(loadMigrations(folder)).toEqual(
    ['0001_a.sql', '0002_b.sql', '0010_c.sql'].map((name) => ({ name, sql: `-- ${name}` })),
  );
});

it('openSqlite() sets a busy timeout of five seconds and write-ahead logging', async () => {
  const database = openSqlite(join(createFolder(), 'archive.db'));
  onTestFinished(() => database.close());
  const readPragma = async (name: string) =>
    Object.values((await database.all({ sql: `PRAGMA ${name}`, values: [] }))[0] ?? {});
  expect(await readPragma('busy_timeout')).toEqual([5000]);
  expect(await readPragma('journal_mode')).toEqual(['wal']);
});
