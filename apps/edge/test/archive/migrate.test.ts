import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, type Migration } from '../../src/archive/database.ts';
import { openSqlite, type SqliteDatabase } from '../../src/archive/sqlite.ts';

const FIRST: Migration = {
  name: '0001_a.sql',
  sql: "-- a; b\nCREATE TABLE a (x TEXT);\nINSERT INTO a VALUES ('1; 2');\n",
};
const SECOND: Migration = { name: '0002_b.sql', sql: 'CREATE TABLE b (y TEXT);' };
const BROKEN: Migration = {
  name: '0002_b.sql',
  sql: 'CREATE TABLE b (y TEXT);\nINSERT INTO nowhere VALUES (1);',
};

let database: SqliteDatabase;

beforeEach(() => {
  database = openSqlite(':memory:');
});

afterEach(() => database.close());

async function selectApplied(): Promise<readonly unknown[]> {
  const rows = await database.all({ sql: 'SELECT name FROM d1_migrations ORDER BY id', values: [] });
  return rows.map((row) => row['name']);
}

describe('migrate()', () => {
  it('applies migrations in order, each one once', async () => {
    await migrate(database, [FIRST]);
    await migrate(database, [FIRST, SECOND]);
    expect(await selectApplied()).toEqual(['0001_a.sql', '0002_b.sql']);
    expect(await database.all({ sql: 'SELECT x FROM a', values: [] })).toEqual([{ x: '1; 2' }]);
  });

  it('ignores a comment that ends with a semicolon', async () => {
    await migrate(database, [
      { name: '0001_a.sql', sql: '-- first;\nCREATE TABLE a (x TEXT);\n  -- last;\n' },
    ]);
    expect(await selectApplied()).toEqual(['0001_a.sql']);
    expect(await database.all({ sql: 'SELECT x FROM a', values: [] })).toEqual([]);
  });

  it('skips a migration that another process applied at the same moment', async () => {
    let isFirst = true;
    const slowDatabase: SqliteDatabase = {
      ...database,
      async all(statement) {
        const rows = await database.all(statement);
        if (isFirst) {
          isFirst = false;
          await migrate(database, [FIRST]);
        }
        return rows;
      },
    };
    await migrate(slowDatabase, [FIRST, SECOND]);
    expect(await selectApplied()).toEqual(['0001_a.sql', '0002_b.sql']);
  });

  it('rolls back a migration that fails, and applies it on the next run', async () => {
    await expect(migrate(database, [FIRST, BROKEN])).rejects.toThrow('no such table: nowhere');
    expect(await selectApplied()).toEqual(['0001_a.sql']);
    await migrate(database, [FIRST, SECOND]);
    expect(await selectApplied()).toEqual(['0001_a.sql', '0002_b.sql']);
  });
});
