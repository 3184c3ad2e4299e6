import type { CacheStore } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createEntry, KEY, createIsolates, readText } from '../support/cache-isolates.ts';

const purge = (store: CacheStore) => store.delete(KEY);
/** The 404 is stale, so that a read looks for a newer entry. */
const store404 = (store: CacheStore) => store.set(KEY, createEntry('gone', NOW - 60_000, 404));

describe('writes to one key of the shared cache', () => {
  it.each<{ name: string; change: (store: CacheStore) => unknown }>([
    { name: 'a purge', change: purge },
    { name: 'a 404', change: store404 },
  ])('$name waits for a slow put', async ({ change }) => {
    const { clock, a, b, delays } = createIsolates();
    delays.put = 200;
    void a.set(KEY, createEntry('old'));
    await clock.advance(100);
    void change(a);
    await clock.advance(100);
    expect(await b.get(KEY)).toBeUndefined();
    expect(clock.pending()).toBe(0);
  });

  it('the last of three puts wins, and the second one is skipped', async () => {
    const { clock, a, b, delays, started } = createIsolates();
    delays.put = 200;
    const put = (text: string) => a.set(KEY, createEntry(text));
    const done = Promise.all([put('first'), put('second'), put('third')]);
    await clock.advance(400);
    await done;
    expect(readText(await b.get(KEY))).toBe('third');
    expect(started.put).toBe(2);
  });

  it('a purge is not skipped for a later put, because the put may fail', async () => {
    const { clock, a, b, delays, api } = createIsolates();
    delays.put = 200;
    void a.set(KEY, createEntry('old'));
    await clock.advance(100);
    void purge(a);
    api.put = () => Promise.reject(new Error('The cache is full.'));
    const put = Promise.resolve(a.set(KEY, createEntry('newer'))).catch(String);
    await clock.advance(100);
    expect(await put).toContain('full');
    expect(await b.get(KEY)).toBeUndefined();
  });

  it('a failed put does not prevent the next write', async () => {
    const { a, b, api } = createIsolates();
    await a.set(KEY, createEntry('old'));
    api.put = () => Promise.reject(new Error('The cache is full.'));
    const put = Promise.resolve(a.set(KEY, createEntry('newer'))).catch(String);
    await purge(a);
    expect(await put).toContain('full');
    expect(await b.get(KEY)).toBeUndefined();
  });

  it.each<{ name: string; change: (store: CacheStore) => unknown; expected: string | undefined }>([
    { name: 'a purge', change: purge, expected: undefined },
    { name: 'a 404', change: store404, expected: 'gone' },
  ])('a read during $name does not restore the old entry', async ({ change, expected }) => {
    const { clock, a, delays, started } = createIsolates();
    await a.set(KEY, createEntry('old'));
    delays.delete = 200;
    void change(a);
    await clock.advance(100);
    expect(readText(await a.get(KEY))).toBe(expected);
    expect(started.match).toBe(0);
    await clock.advance(100);
    expect(readText(await a.get(KEY))).toBe(expected);
  });

  it('a write does not wait for writes to other keys', async () => {
    const { a, b, delays } = createIsolates();
    delays.put = Infinity;
    void a.set(`${KEY}/other`, createEntry('other'));
    delays.put = 0;
    await a.set(KEY, createEntry('mine'));
    expect(readText(await b.get(KEY))).toBe('mine');
  });
});

describe('a write to the shared cache that never settles', () => {
  async function startStuckPut() {
    const isolates = createIsolates();
    await isolates.a.set(KEY, createEntry('old'));
    isolates.delays.put = Infinity;
    void isolates.a.set(KEY, createEntry('newer'));
    isolates.delays.put = 0;
    return isolates;
  }

  it('delays the next write by five seconds', async () => {
    const { clock, a, started } = await startStuckPut();
    void purge(a);
    await clock.advance(4_999);
    expect(started.delete).toBe(0);
    await clock.advance(1);
    expect(started.delete).toBe(1);
  });

  it('delays neither writes nor reads after ten seconds', async () => {
    const { clock, a, b, started } = await startStuckPut();
    clock.skip(9_999);
    await b.delete(KEY);
    expect(started.delete).toBe(1);
    clock.skip(1);
    await purge(a);
    expect(started.delete).toBe(2);
    await b.set(KEY, createEntry('shared'));
    expect(readText(await a.get(KEY))).toBe('shared');
  });

  it('prevents reads of the shared cache for ten seconds', async () => {
    const { clock, a, delays, started } = createIsolates();
    await a.set(KEY, createEntry('old'));
    delays.delete = Infinity;
    void store404(a);
    clock.skip(9_999);
    expect(readText(await a.get(KEY))).toBe('gone');
    expect(started.match).toBe(0);
    clock.skip(1);
    expect(readText(await a.get(KEY))).toBe('old');
    expect(started.match).toBe(1);
  });
});
