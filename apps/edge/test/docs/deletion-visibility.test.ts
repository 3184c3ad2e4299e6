import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RecordingStatus } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { inSequence, failToConnect } from '../support/fake-source.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { RECORDING } from '../support/recording.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../../docs/caching.md'), 'utf8');

/** The rows of the deletion table: a status, its three windows, and the greatest age of its response, in seconds. */
const ROWS = [...PAGE.matchAll(/^\| `(\w+)` +\| ([\d /]+?) +\| ([\d,]+) s +\|$/gm)].map(
  ([, status = '', windows = '', maxAge = '']) => ({
    status,
    windows: windows.replaceAll(' ', ''),
    maxAge: Number(maxAge.replace(',', '')),
  }),
);

const isStatus = (name: string): name is RecordingStatus =>
  ['processing', 'completed', 'failed', 'deleted'].includes(name);

/** Returns the status of a response `ms` milliseconds after the only successful read of the source. */
async function statusAfter(
  ms: number,
  status: RecordingStatus,
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  const clock = createFakeClock();
  const found = () => Promise.resolve({ ...RECORDING, status });
  const { request } = createTestEdge(inSequence(found, failToConnect), variables, clock);
  expect((await request()).status).toBe(200);
  clock.skip(ms);
  return (await request()).status;
}

describe('a stored recording whose source is unreachable', () => {
  it('has a row for each status in the deletion table of apps/docs/caching.md', () => {
    expect(ROWS.map(({ status }) => status).filter(isStatus)).toHaveLength(4);
  });

  it.each(ROWS)(
    'is served until it is $maxAge s old if its status is $status, as the deletion table states',
    async ({ status, maxAge }) => {
      if (!isStatus(status)) throw new Error('The deletion table has an unknown status.');
      expect(await statusAfter(maxAge * 1000 - 1, status)).toBe(200);
      expect(await statusAfter(maxAge * 1000, status)).toBe(502);
    },
  );

  it.each(ROWS)(
    'is served for the same time if its status is $status and its LIFETIME variable is $windows',
    async ({ status, windows, maxAge }) => {
      const [fresh = 0, whileRevalidate = 0, ifError = 0] = windows.split('/').map(Number);
      expect(maxAge).toBe(fresh + Math.max(whileRevalidate, ifError));
      if (!isStatus(status)) throw new Error('The deletion table has an unknown status.');
      const variables = { [`LIFETIME_${status.toUpperCase()}`]: windows };
      expect(await statusAfter(maxAge * 1000 - 1, status, variables)).toBe(200);
      expect(await statusAfter(maxAge * 1000, status, variables)).toBe(502);
    },
  );

  it('is served for longer if LIFETIME_COMPLETED is longer', async () => {
    const variables = { LIFETIME_COMPLETED: '300/600/86400' };
    expect(await statusAfter(86_699_999, 'completed', variables)).toBe(200);
    expect(await statusAfter(86_700_000, 'completed', variables)).toBe(502);
  });
});
