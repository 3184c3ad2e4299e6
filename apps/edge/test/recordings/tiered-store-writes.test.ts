import type { CacheStore } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { entryOf, KEY, makeIsolates, textOf } from '../isolates.ts';

const purge = (store: CacheStore) => store.delete(KEY);
/** It is stale by now, so that something newer is looked for. */
const find404 = (store: CacheStore) => store.set(KEY, entryOf('gone', NOW - 60_000, 404));

describe('changes of one key in the shared cache', () => {
  it.each<{ name: string; change: (store: CacheStore) => unknown }>([
    { name: 'a purge', change: purge },
    { name: 'a 404', change: find404 },
  ])('$name that comes while a put takes its time is made after it', async ({ change }) => {
    const { clock, a, b, wait } = makeIsolates();
    wait.put = 200;
    void a.set(KEY, entryOf('old'));
    await clock.advance(100);
    void change(a);
    await clock.advance(100);
    expect(await b.get(KEY)).toBeUndefined();
    expect(clock.pending()).toBe(0);
  });

  it('of three puts the last one wins, and the one that it has overtaken is not made', async () => {
    const { clock, a, b, wait, begun } = makeIsolates();
    wait.put = 200;
    const put = (text: string) => a.set(KEY, entryOf(text));
    const done = Promise.all([put('first'), put('second'), put('third')]);
    await clock.advance(400);
    await done;
    expect(textOf(await b.get(KEY))).toBe('third');
    expect(begun.put).toBe(2);
  });

  it('a purge is made though a put has overtaken it, which may fail', async () => {
    const { clock, a, b, wait, api } = makeIsolates();
    wait.put = 200;
    void a.set(KEY, entryOf('old'));
    await clock.advance(100);
    void purge(a);
    api.put = () => Promise.reject(new Error('The cache is full.'));
    const put = Promise.resolve(a.set(KEY, entryOf('newer'))).catch(String);
    await clock.advance(100);
    expect(await put).toContain('full');
    expect(await b.get(KEY)).toBeUndefined();
  });

  it('one that fails is no reason not to make the next', async () => {
    const { a, b, api } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    api.put = () => Promise.reject(new Error('The cache is full.'));
    const put = Promise.resolve(a.set(KEY, entryOf('newer'))).catch(String);
    await purge(a);
    expect(await put).toContain('full');
    expect(await b.get(KEY)).toBeUndefined();
  });

  it.each<{ name: string; change: (store: CacheStore) => unknown; expected: string | undefined }>([
    { name: 'a purge', change: purge, expected: undefined },
    { name: 'a 404', change: find404, expected: 'gone' },
  ])('$name that takes its time is not undone by what is read meanwhile', async ({ change, expected }) => {
    const { clock, a, wait, begun } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    wait.delete = 200;
    void change(a);
    await clock.advance(100);
    expect(textOf(await a.get(KEY))).toBe(expected);
    expect(begun.match).toBe(0);
    await clock.advance(100);
    expect(textOf(await a.get(KEY))).toBe(expected);
  });

  it('those of other keys are not waited for', async () => {
    const { a, b, wait } = makeIsolates();
    wait.put = Infinity;
    void a.set(`${KEY}/other`, entryOf('other'));
    wait.put = 0;
    await a.set(KEY, entryOf('mine'));
    expect(textOf(await b.get(KEY))).toBe('mine');
  });
});

describe('a change of the shared cache that never ends', () => {
  async function hang() {
    const world = makeIsolates();
    await world.a.set(KEY, entryOf('old'));
    world.wait.put = Infinity;
    void world.a.set(KEY, entryOf('newer'));
    world.wait.put = 0;
    return world;
  }

  it('is waited for by the next one for five seconds', async () => {
    const { clock, a, begun } = await hang();
    void purge(a);
    await clock.advance(4_999);
    expect(begun.delete).toBe(0);
    await clock.advance(1);
    expect(begun.delete).toBe(1);
  });

  it('keeps neither changes nor reads waiting once it is ten seconds old', async () => {
    const { clock, a, b, begun } = await hang();
    clock.skip(9_999);
    await b.delete(KEY);
    expect(begun.delete).toBe(1);
    clock.skip(1);
    await purge(a);
    expect(begun.delete).toBe(2);
    await b.set(KEY, entryOf('shared'));
    expect(textOf(await a.get(KEY))).toBe('shared');
  });

  it('keeps reads from the shared cache until it is ten seconds old', async () => {
    const { clock, a, wait, begun } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    wait.delete = Infinity;
    void find404(a);
    clock.skip(9_999);
    expect(textOf(await a.get(KEY))).toBe('gone');
    expect(begun.match).toBe(0);
    clock.skip(1);
    expect(textOf(await a.get(KEY))).toBe('old');
    expect(begun.match).toBe(1);
  });
});
