/** A value that both drivers bind and return unchanged. */
export type SqlValue = string | number | null;

/** One statement with its parameters. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** The columns of a row by their names. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** The database operations of the archive, the same on D1 and SQLite. */
export interface SqlDatabase {
  /** Returns the rows of a query. */
  all(statement: SqlStatement): Promise<readonly SqlRow[]>;
  /** Runs statements in one transaction. */
  run(statements: readonly SqlStatement[]): Promise<void>;
}

/** A numbered migration: the name and the text of its file. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

// The table of `wrangler d1 migrations apply`, so that both ways to migrate know each other's migrations.
const CREATE_MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Applies the pending migrations in their order, each in a transaction of its own. */
export async function migrate(database: SqlDatabase, migrations: readonly Migration[]): Promise<void> {
  await database.run([{ sql: CREATE_MIGRATIONS_TABLE, values: [] }]);
  const applied = await selectAppliedNames(database);
  const pending = migrations.filter(({ name }) => !applied.has(name));
  for (const { name, sql } of pending) {
    try {
      await database.run([
        ...splitStatements(sql).map((statement) => ({ sql: statement, values: [] })),
        { sql: 'INSERT INTO d1_migrations (name) VALUES (?)', values: [name] },
      ]);
    } catch (error) {
      // Another process that started at the same moment may have applied this migration first.
      if (!(await selectAppliedNames(database)).has(name)) throw error;
    }
  }
}

async function selectAppliedNames(database: SqlDatabase): Promise<ReadonlySet<unknown>> {
  const rows = await database.all({ sql: 'SELECT name FROM d1_migrations', values: [] });
  return new Set(rows.map((row) => row['name']));
}

/** Splits a migration into its statements without comments. Each statement ends with a semicolon at the end of a line. */
function splitStatements(sql: string): readonly string[] {
  return sql
    .replaceAll(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
