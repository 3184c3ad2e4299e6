import type { CacheEntry } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createEntry, KEY, createIsolates, readText } from '../support/cache-isolates.ts';

/** Returns an entry with the variants of all entries, the newest first. */
const merge = (...entries: readonly CacheEntry[]): CacheEntry => ({
  variants: entries.flatMap(({ variants }) => variants),
});

it.each([
  { name: 'list', body: '{"recordings":[],"meta":{"page":0}}' },
  { name: 'timeline', body: '{"room_sid":"RM1","start":null,"end":null,"tracks":[]}' },
])(
  'an empty $name stays in memory, so that requests for random rooms cannot fill the shared cache',
  async ({ body }) => {
    const { a, b } = createIsolates();
    await a.set(KEY, createEntry(body));
    expect(readText(await a.get(KEY))).toBe(body);
    expect(await b.get(KEY)).toBeUndefined();
  },
);

describe('an entry with several variants', () => {
  it('is stored in the shared cache if one of the variants is not an error', async () => {
    const { a, b } = createIsolates();
    await a.set(KEY, merge(createEntry('gone', NOW, 404), createEntry('found')));
    expect(readText(await b.get(KEY))).toBe('gone,found');
  });

  it('stays in memory if all variants are errors', async () => {
    const { a, b } = createIsolates();
    await a.set(KEY, merge(createEntry('gone', NOW, 404), createEntry('deleted', NOW, 410)));
    expect(await b.get(KEY)).toBeUndefined();
  });

  it('is looked for in the shared cache if one of the variants is stale', async () => {
    const { clock, a, b } = createIsolates();
    clock.skip(60_000);
    await b.set(KEY, merge(createEntry('fresh', NOW + 60_000), createEntry('stale', NOW)));
    await a.set(KEY, createEntry('shared', NOW + 60_001));
    expect(readText(await b.get(KEY))).toBe('shared');
  });

  it('is as new as the newest of the variants', async () => {
    const { clock, a, b } = createIsolates();
    clock.skip(120_000);
    await b.set(KEY, merge(createEntry('new', NOW + 50_000), createEntry('old', NOW)));
    await a.set(KEY, createEntry('shared', NOW + 40_000));
    expect(readText(await b.get(KEY))).toBe('new,old');
  });
});
