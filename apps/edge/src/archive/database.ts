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
