import { expect, it } from 'vitest';
import { d1Database, type D1Binding } from '../../src/archive/d1.ts';

it('d1Database() runs statements in one batch, which D1 runs as a transaction', async () => {
  const batches: string[][] = [];
  const texts = new Map<unknown, string>();
  const prepare: D1Binding['prepare'] = (sql) => {
    const statement = {
      bind: (...values: unknown[]) => {
        texts.set(statement, `${sql} ${values.join()}`);
        return statement;
      },
      all: () => Promise.resolve({ results: [] }),
    };
    return statement;
  };
  const binding: D1Binding = {
    prepare,
    async batch(statements) {
      batches.push(statements.map((statement) => texts.get(statement) ?? 'unbound'));
    },
  };
  await d1Database(binding).run([
    { sql: 'INSERT ?', values: [1] },
    { sql: 'DELETE ?', values: ['x'] },
  ]);
  expect(batches).toEqual([['INSERT ? 1', 'DELETE ? x']]);
});
