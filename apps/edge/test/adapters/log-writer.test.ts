import { describe, expect, it } from 'vitest';
import { createBoundedWriter } from '../../src/adapters/log-writer.ts';

/** Creates a reader that reads one text per call of `resume()`. */
function createStalledReader() {
  const texts: string[] = [];
  let waiting: (() => void)[] = [];
  return {
    texts,
    write: (text: string) => {
      texts.push(text);
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    async resume() {
      const resumed = waiting;
      waiting = [];
      for (const resolve of resumed) resolve();
      // The promise of the write, its handler and the loop each need a microtask.
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
  };
}

const describeDropped = (count: number) => `dropped ${count}`;

describe('createBoundedWriter', () => {
  it('writes the first line immediately, and joins the lines that arrive during a write', async () => {
    const reader = createStalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped });
    for (const line of ['a', 'b', 'c']) add(line);
    expect(reader.texts).toEqual(['a\n']);
    await reader.resume();
    expect(reader.texts).toEqual(['a\n', 'b\nc\n']);
    await reader.resume();
    add('d');
    expect(reader.texts).toEqual(['a\n', 'b\nc\n', 'd\n']);
  });

  it('drops the lines above the limit, and writes their count where they are missing', async () => {
    const reader = createStalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped, maxQueued: 12 });
    for (const line of ['first', 'aa', 'bb', 'c', 'd']) add(line);
    await reader.resume();
    await reader.resume();
    add('later');
    expect(reader.texts).toEqual(['first\n', 'aa\nbb\ndropped 2\n', 'later\n']);
  });

  it('drops a short line after a dropped long line, so that lines are missing in one place only', async () => {
    const reader = createStalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped, maxQueued: 14 });
    for (const line of ['first', 'aa', 'a long line', 'b']) add(line);
    await reader.resume();
    expect(reader.texts).toEqual(['first\n', 'aa\ndropped 2\n']);
  });

  it('counts from zero after it has written a count', async () => {
    const reader = createStalledReader();
    const { add } = createBoundedWriter({ write: reader.write, describeDropped, maxQueued: 14 });
    for (const line of ['1', 'a', 'a long line']) add(line);
    await reader.resume();
    for (const line of ['b', 'a long line']) add(line);
    await reader.resume();
    expect(reader.texts.slice(1)).toEqual(['a\ndropped 1\n', 'b\ndropped 1\n']);
  });

  it('continues to write after a failed write', async () => {
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

  it('settles when the queued lines are written, and immediately without lines', async () => {
    const reader = createStalledReader();
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
