/** A value that both drivers bind and return as it is. */
export type SqlValue = string | number | null;

/** One statement with its parameters. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A row: its columns by name. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** The little SQL that the archive needs, the same on D1 and on SQLite. */
export interface SqlDatabase {
  /** Reads rows. */
  all(statement: SqlStatement): Promise<readonly SqlRow[]>;
  /** Runs statements: all of them or none. */
  run(statements: readonly SqlStatement[]): Promise<void>;
}

/** A numbered migration: its file's name and text. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

// The table that `wrangler d1 migrations apply` keeps, so that either way of migrating sees the other's work.
const JOURNAL = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Applies, in order, each migration that the database has not seen, each whole or not at all. */
export async function migrate(database: SqlDatabase, migrations: readonly Migration[]): Promise<void> {
  await database.run([{ sql: JOURNAL, values: [] }]);
  const applied = await readApplied(database);
  const open = migrations.filter(({ name }) => !applied.has(name));
  for (const { name, sql } of open) {
    try {
      await database.run([
        ...splitStatements(sql).map((statement) => ({ sql: statement, values: [] })),
        { sql: 'INSERT INTO d1_migrations (name) VALUES (?)', values: [name] },
      ]);
    } catch (fault) {
      // Another process that started at the same moment may have been first.
      if (!(await readApplied(database)).has(name)) throw fault;
    }
  }
}

async function readApplied(database: SqlDatabase): Promise<ReadonlySet<unknown>> {
  const rows = await database.all({ sql: 'SELECT name FROM d1_migrations', values: [] });
  return new Set(rows.map((row) => row['name']));
}

/** A migration's statements each end with a semicolon at a line's end; comments go. */
function splitStatements(sql: string): readonly string[] {
  return sql
    .replaceAll(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
