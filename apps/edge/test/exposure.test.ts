import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RecordingStatus } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { inSequence, failToConnect } from './support/fake-source.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from './support/test-edge.ts';
import { RECORDING } from './support/recording.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../../apps/docs/caching.md'), 'utf8');

/** The rows of the page's table: a status, its three windows, and for how long it is seen, in seconds. */
const ROWS = [...PAGE.matchAll(/^\| `(\w+)` +\| ([\d /]+?) +\| ([\d,]+) s +\|$/gm)].map(
  ([, status = '', windows = '', bound = '']) => ({
    status,
    windows: windows.replaceAll(' ', ''),
    bound: Number(bound.replace(',', '')),
  }),
);

const isStatus = (name: string): name is RecordingStatus =>
  ['processing', 'completed', 'failed', 'deleted'].includes(name);

/** What a reader gets so many milliseconds after the last answer that the source gave, with the settings as they are. */
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

describe('how long a recording is seen that was deleted meanwhile', () => {
  it('is said of each status', () => {
    expect(ROWS.map(({ status }) => status).filter(isStatus)).toHaveLength(4);
  });

  it.each(ROWS)(
    'S80: $status is served until it is $bound s old, and no longer',
    async ({ status, bound }) => {
      if (!isStatus(status)) throw new Error('The page names a status that is none.');
      expect(await statusAfter(bound * 1000 - 1, status)).toBe(200);
      expect(await statusAfter(bound * 1000, status)).toBe(502);
    },
  );

  it.each(ROWS)('S80: of $status it is $windows that makes it so', async ({ status, windows, bound }) => {
    const [fresh = 0, whileRevalidate = 0, ifError = 0] = windows.split('/').map(Number);
    expect(bound).toBe(fresh + Math.max(whileRevalidate, ifError));
    if (!isStatus(status)) throw new Error('The page names a status that is none.');
    const variables = { [`LIFETIME_${status.toUpperCase()}`]: windows };
    expect(await statusAfter(bound * 1000 - 1, status, variables)).toBe(200);
    expect(await statusAfter(bound * 1000, status, variables)).toBe(502);
  });

  it('S80: is longer where LIFETIME_… says so', async () => {
    const variables = { LIFETIME_COMPLETED: '300/600/86400' };
    expect(await statusAfter(86_699_999, 'completed', variables)).toBe(200);
    expect(await statusAfter(86_700_000, 'completed', variables)).toBe(502);
  });
});
