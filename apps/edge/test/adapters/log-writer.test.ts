import { describe, expect, it } from 'vitest';
import { createBoundedWriter } from '../../src/adapters/log-writer.ts';

/** A reader that takes one text for each call of `resume()`. */
function stalledReader() {
  const texts: string[] = [];
  let waiting: (() => void)[] = [];
  return {
    texts,
    write: (text: string) => {
      texts.push(text);
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    async resume() {
      const taken = waiting;
      waiting = [];
      for (const take of taken) take();
      // The promise of the write, its handler and the loop each take a turn.
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
  };
}

const describeDropped = (count: number) => `dropped ${count}`;

describe('createBoundedWriter', () => {
  it('writes the first line at once, and joins the lines that come while a write is pending', async () => {
    const reader = stalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped });
    for (const line of ['a', 'b', 'c']) add(line);
    expect(reader.texts).toEqual(['a\n']);
    await reader.resume();
    expect(reader.texts).toEqual(['a\n', 'b\nc\n']);
    await reader.resume();
    add('d');
    expect(reader.texts).toEqual(['a\n', 'b\nc\n', 'd\n']);
  });

  it('drops the lines above the bound, and writes their count into the gap', async () => {
    const reader = stalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped, maxQueued: 12 });
    for (const line of ['first', 'aa', 'bb', 'c', 'd']) add(line);
    await reader.resume();
    await reader.resume();
    add('later');
    expect(reader.texts).toEqual(['first\n', 'aa\nbb\ndropped 2\n', 'later\n']);
  });

  it('drops a short line after a dropped long line, so that the count stands at the only gap', async () => {
    const reader = stalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped, maxQueued: 14 });
    for (const line of ['first', 'aa', 'a long line', 'b']) add(line);
    await reader.resume();
    expect(reader.texts).toEqual(['first\n', 'aa\ndropped 2\n']);
  });

  it('counts from zero again after a count was written', async () => {
    const reader = stalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped, maxQueued: 14 });
    for (const line of ['1', 'a', 'a long line']) add(line);
    await reader.resume();
    for (const line of ['b', 'a long line']) add(line);
    await reader.resume();
    expect(reader.texts.slice(1)).toEqual(['a\ndropped 1\n', 'b\ndropped 1\n']);
  });

  it('goes on writing after a write that failed', async () => {
    const texts: string[] = [];
    const write = (text: string) => {
      texts.push(text);
      return Promise.reject(new Error('EPIPE'));
    };
    const { add, settle } = createBoundedWriter({ write, describeDropped });
    for (const line of ['a', 'b']) add(line);
    await settle();
    add('c');
    await settle();
    expect(texts).toEqual(['a\n', 'b\n', 'c\n']);
  });

  it('settles when the lines that waited are written, and at once without lines', async () => {
    const reader = stalledReader();
    const { add, settle } = createBoundedWriter({ write: reader.write, describeDropped });
    await settle();
    for (const line of ['a', 'b']) add(line);
    let isSettled = false;
    const settled = settle().then(() => (isSettled = true));
    await reader.resume();
    expect(isSettled).toBe(false);
    await reader.resume();
    await settled;
    expect(isSettled).toBe(true);
  });
});
