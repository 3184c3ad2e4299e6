import { expect, it } from 'vitest';
import { createWaitUntil } from '../../src/adapters/server.ts';

/** Milliseconds for a test of `settle()`. */
const TIMEOUT_MS = 2000;

it(
  '`settle()` waits for background work, for the work that it starts, and for rejected work',
  async () => {
    const { waitUntil, settle } = createWaitUntil();
    const done: string[] = [];
    const workTwice = async () => {
      await Promise.resolve();
      done.push('first');
      waitUntil(Promise.resolve('second').then((text) => done.push(text)));
    };
    waitUntil(workTwice());
    waitUntil(Promise.reject(new Error('lost')));
    await settle();
    expect(done).toEqual(['first', 'second']);
  },
  TIMEOUT_MS,
);

it(
  '`settle()` waits for work that starts when the last work ends',
  async () => {
    const { waitUntil, settle } = createWaitUntil();
    const done: string[] = [];
    const first = Promise.resolve();
    waitUntil(first);
    void first.then(() => waitUntil(Promise.resolve().then(() => done.push('second'))));
    await settle();
    expect(done).toEqual(['second']);
  },
  TIMEOUT_MS,
);

it(
  '`settle()` resolves immediately without work, and for each concurrent call',
  async () => {
    const { waitUntil, settle } = createWaitUntil();
    await settle();
    waitUntil(Promise.resolve());
    await Promise.all([settle(), settle()]);
  },
  TIMEOUT_MS,
);
