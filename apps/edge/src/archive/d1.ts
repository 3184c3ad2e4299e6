import type { SqlDatabase, SqlRow, SqlStatement, SqlValue } from './database.ts';

interface D1Statement {
  bind(...values: SqlValue[]): D1Statement;
  all(): Promise<{ readonly results: readonly SqlRow[] }>;
}

/** The part of Cloudflare's D1 binding that the edge uses. */
export interface D1Binding {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<unknown>;
}

/**
 * Adapts a D1 binding to {@link SqlDatabase}.
 *
 * @see https://developers.cloudflare.com/d1/worker-api/d1-database/
 */
export function d1Database(binding: D1Binding): SqlDatabase {
  const prepare = ({ sql, values }: SqlStatement) => binding.prepare(sql).bind(...values);
  return {
    async all(statement) {
      const { results } = await prepare(statement).all();
      return results;
    },
    async run(statements) {
      await binding.batch(statements.map(prepare));
    },
  };
}
